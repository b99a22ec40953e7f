// Files and stored responses of npm openai and @anthropic-ai/sdk, for two accounts: that of the client's own key, and that of OTHER_KEY.
import OpenAI, { toFile } from "openai";
import Anthropic, { toFile as toAnthropicFile } from "@anthropic-ai/sdk";

const openAI = (apiKey) => new OpenAI({ maxRetries: 0, apiKey });
const anthropic = (apiKey) => new Anthropic({ maxRetries: 0, apiKey });
const model = "gpt-5-mini";
const betas = ["files-api-2025-04-14"];

const refused = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return { status: error.status, code: error.code ?? error.error?.error?.code ?? null, message: error.message, known: error instanceof OpenAI.APIError || error instanceof Anthropic.APIError };
  }
};

const idsOf = async (list) => {
  const ids = [];
  for await (const entry of list) ids.push(entry.id);
  return ids;
};

const modes = {
  async files() {
    const [own, other] = [openAI(process.env.OPENAI_API_KEY), openAI(process.env.OTHER_KEY)];
    const made = [];
    for (const text of ["one", "two", "three"]) {
      made.push(await own.files.create({ file: await toFile(Buffer.from(text), `${text}.txt`), purpose: "user_data" }));
      await other.files.create({ file: await toFile(Buffer.from(text), "other.txt"), purpose: "user_data" });
    }
    const [first] = made;
    const shown = await own.files.retrieve(first.id);
    const content = await (await own.files.content(first.id)).text();
    const paged = await idsOf(own.files.list({ limit: 2, order: "asc" }));
    const input = [{ role: "user", content: [{ type: "input_file", file_id: first.id }, { type: "input_text", text: "What is it?" }] }];
    const answered = await own.responses.create({ model, input, max_output_tokens: 4000 });
    const seen = {
      made: made.map((file) => file.id),
      filename: shown.filename,
      content,
      paged,
      answered: answered.status,
      strangers: [
        await refused(() => other.files.retrieve(first.id)),
        await refused(() => other.files.content(first.id)),
        await refused(() => other.files.delete(first.id)),
        await refused(() => other.responses.create({ model, input, max_output_tokens: 4000 })),
      ],
      purpose: await refused(async () => own.files.create({ file: await toFile(Buffer.from("x"), "x.txt"), purpose: "nothing" })),
    };
    seen.deleted = (await own.files.delete(first.id)).deleted;
    seen.gone = await refused(() => own.files.retrieve(first.id));
    return seen;
  },
  async responses() {
    const [own, other] = [openAI(process.env.OPENAI_API_KEY), openAI(process.env.OTHER_KEY)];
    const first = await own.responses.create({ model, input: "Begin.", max_output_tokens: 100 });
    const onwards = { model, previous_response_id: first.id, input: "Go on.", max_output_tokens: 100 };
    const second = await own.responses.create(onwards);
    const shown = await own.responses.retrieve(first.id);
    const items = await idsOf(own.responses.inputItems.list(first.id));
    const seen = {
      previous: second.previous_response_id === first.id,
      same: shown.output_text === first.output_text,
      items: items.length,
      strangers: [
        await refused(() => other.responses.retrieve(first.id)),
        await refused(() => other.responses.delete(first.id)),
        await refused(() => other.responses.create(onwards)),
      ],
    };
    await own.responses.delete(first.id);
    seen.gone = await refused(() => own.responses.retrieve(first.id));
    return seen;
  },
  async anthropic() {
    const [own, other] = [anthropic(process.env.ANTHROPIC_API_KEY), anthropic(process.env.OTHER_KEY)];
    const made = await own.beta.files.upload({ file: await toAnthropicFile(Buffer.from("hello"), "a.txt", { type: "text/plain" }), betas });
    await other.beta.files.upload({ file: await toAnthropicFile(Buffer.from("hello"), "b.txt", { type: "text/plain" }), betas });
    const shown = await own.beta.files.retrieveMetadata(made.id, { betas });
    const listed = await idsOf(own.beta.files.list({ betas }));
    const stranger = await refused(() => other.beta.files.retrieveMetadata(made.id, { betas }));
    const deleted = await own.beta.files.delete(made.id, { betas });
    const gone = await refused(() => own.beta.files.retrieveMetadata(made.id, { betas }));
    return { id: made.id, filename: shown.filename, listed, stranger, deleted: deleted.type, gone };
  },
};

console.log(JSON.stringify(await modes[process.argv[2]]()));
