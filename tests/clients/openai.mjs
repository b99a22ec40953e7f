// npm openai against OPENAI_BASE_URL. Writes one JSON object with what the client saw.
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ maxRetries: 0 });
const model = "gpt-5-mini";
const user = (content) => ({ role: "user", content });
const headersOf = (response) => Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("x-purser-") || name === "x-should-retry"));

const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      description: "The weather in a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];

const modes = {
  async chat() {
    const { data, response } = await client.chat.completions
      .create({ model, messages: [user("Say something about ledgers.")], max_completion_tokens: 200 })
      .withResponse();
    return { text: data.choices[0].message.content, usage: data.usage, headers: headersOf(response) };
  },
  async stream() {
    const { data, response } = await client.chat.completions
      .create({ model, messages: [user("Say something about streams.")], max_completion_tokens: 200, stream: true })
      .withResponse();
    let text = "";
    let usageSeen = false;
    for await (const chunk of data) {
      text += chunk.choices[0]?.delta?.content ?? "";
      usageSeen ||= "usage" in chunk;
    }
    return { text, usageSeen, headers: headersOf(response) };
  },
  async streamWithUsage() {
    const stream = await client.chat.completions.create({
      model,
      messages: [user("Say something about usage.")],
      max_completion_tokens: 200,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? "";
      usage = chunk.usage ?? usage;
    }
    return { text, usage };
  },
  async tools() {
    const messages = [user("[[simulate:tool=get_weather]] What is the weather in Bremen?")];
    const first = await client.chat.completions.create({ model, messages, tools, max_completion_tokens: 200 });
    const message = first.choices[0].message;
    const call = message.tool_calls[0];
    messages.push(message, { role: "tool", tool_call_id: call.id, content: '{"sky":"rain"}' });
    const second = await client.chat.completions.create({ model, messages, tools, max_completion_tokens: 200 });
    return {
      finish: first.choices[0].finish_reason,
      tool: call.function.name,
      arguments: JSON.parse(call.function.arguments),
      text: second.choices[0].message.content,
    };
  },
  async cached() {
    const messages = [{ role: "system", content: "Rule: keep the books. ".repeat(600) }, user("Go.")];
    await client.chat.completions.create({ model, messages, max_completion_tokens: 50 });
    const again = await client.chat.completions.create({ model, messages, max_completion_tokens: 50 });
    return { cached: again.usage.prompt_tokens_details.cached_tokens };
  },
  async refused() {
    try {
      await client.chat.completions.create({ model, messages: [user("Spend.")], max_completion_tokens: 1000 });
      return { refused: false };
    } catch (error) {
      return { refused: error instanceof OpenAI.APIError, status: error.status, code: error.code, message: error.message };
    }
  },
  async failing() {
    return patiently("[[simulate:503]] Try.");
  },
  async retried() {
    return patiently("[[simulate:429]] Try.");
  },
  async batch() {
    const lines = ["one", "[[simulate:500]] two", "three"].map((text, i) =>
      JSON.stringify({
        custom_id: `line-${i}`,
        method: "POST",
        url: "/v1/chat/completions",
        body: { model, messages: [user(`Say ${text}.`)], max_completion_tokens: 60 },
      }),
    );
    const file = await client.files.create({ file: await toFile(Buffer.from(lines.join("\n")), "lines.jsonl"), purpose: "batch" });
    let batch = await client.batches.create({
      input_file_id: file.id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
      metadata: { job: "nightly" },
    });
    while (!["completed", "failed", "expired", "cancelled"].includes(batch.status)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      batch = await client.batches.retrieve(batch.id);
    }
    const output = await (await client.files.content(batch.output_file_id)).text();
    const listed = [];
    for await (const entry of client.batches.list({ limit: 1 })) listed.push(entry.id);
    return {
      id: batch.id,
      status: batch.status,
      counts: batch.request_counts,
      answered: output.trim().split("\n").map((line) => JSON.parse(line).custom_id),
      listed,
    };
  },
  async models() {
    const ids = [];
    for await (const entry of client.models.list()) ids.push(entry.id);
    return { ids };
  },
};

async function patiently(prompt) {
  const patient = new OpenAI({ maxRetries: 2 });
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  try {
    await patient.chat.completions.create({ model, messages: [user(prompt)], max_completion_tokens: 100 }, { headers });
    return { failed: false };
  } catch (error) {
    return { failed: error instanceof OpenAI.APIError, status: error.status, headers: headersOf(error) };
  }
}

console.log(JSON.stringify(await modes[process.argv[2]]()));
