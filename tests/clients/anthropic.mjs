// npm @anthropic-ai/sdk against ANTHROPIC_BASE_URL. Writes one JSON object with what the client saw.
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ maxRetries: 0 });
const model = "claude-sonnet-5-5";
const user = (content) => ({ role: "user", content });
const textOf = (message) => message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
const headersOf = (response) => Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("x-purser-")));

const tools = [
  {
    name: "get_weather",
    description: "The weather in a city",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
];

const modes = {
  async chat() {
    const { data, response } = await client.messages
      .create({ model, max_tokens: 200, messages: [user("Say something about ledgers.")] })
      .withResponse();
    return { text: textOf(data), usage: data.usage, headers: headersOf(response) };
  },
  async stream() {
    const { data, response } = await client.messages
      .create({ model, max_tokens: 200, messages: [user("Say something about streams.")], stream: true })
      .withResponse();
    let text = "";
    let usageSeen = false;
    for await (const event of data) {
      if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
      usageSeen ||= event.type === "message_delta" && event.usage.output_tokens > 0;
    }
    return { text, usageSeen, headers: headersOf(response) };
  },
  async tools() {
    const messages = [user("[[simulate:tool=get_weather]] What is the weather in Bremen?")];
    const first = await client.messages.create({ model, max_tokens: 200, messages, tools });
    const call = first.content.find((block) => block.type === "tool_use");
    messages.push(
      { role: "assistant", content: first.content },
      user([{ type: "tool_result", tool_use_id: call.id, content: '{"sky":"rain"}' }]),
    );
    const second = await client.messages.create({ model, max_tokens: 200, messages, tools });
    return { finish: first.stop_reason, tool: call.name, arguments: call.input, text: textOf(second) };
  },
  async cached() {
    const system = [{ type: "text", text: "Rule: keep the books. ".repeat(1200), cache_control: { type: "ephemeral" } }];
    const written = await client.messages.create({ model, max_tokens: 50, system, messages: [user("Go.")] });
    const read = await client.messages.create({ model, max_tokens: 50, system, messages: [user("Go.")] });
    return { written: written.usage.cache_creation_input_tokens, cached: read.usage.cache_read_input_tokens };
  },
  async count() {
    const body = { model, system: "Be brief.", tools, messages: [user("What is the weather in Bremen?")] };
    const { data, response } = await client.messages.countTokens(body).withResponse();
    const message = await client.messages.create({ ...body, max_tokens: 50 });
    return { counted: data.input_tokens, billed: message.usage.input_tokens, headers: headersOf(response) };
  },
  async refused() {
    try {
      await client.messages.create({ model, max_tokens: 1000, messages: [user("Spend.")] });
      return { refused: false };
    } catch (error) {
      return { refused: error instanceof Anthropic.APIError, status: error.status, message: error.message };
    }
  },
  async batch() {
    const requests = ["one", "[[simulate:500]] two", "three"].map((text, i) => ({
      custom_id: `line-${i}`,
      params: { model, max_tokens: 60, messages: [user(`Say ${text}.`)] },
    }));
    let batch = await client.messages.batches.create({ requests });
    while (batch.processing_status !== "ended") {
      await new Promise((resolve) => setTimeout(resolve, 100));
      batch = await client.messages.batches.retrieve(batch.id);
    }
    const results = {};
    for await (const result of await client.messages.batches.results(batch.id)) results[result.custom_id] = result.result.type;
    const listed = [];
    for await (const entry of client.messages.batches.list({ limit: 1 })) listed.push(entry.id);
    const deleted = await client.messages.batches.delete(batch.id);
    return { id: batch.id, counts: batch.request_counts, results, listed, deleted: deleted.id };
  },
};

console.log(JSON.stringify(await modes[process.argv[2]]()));
