// The responses of npm openai against OPENAI_BASE_URL. Writes one JSON object with what the client saw.
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });
const model = "gpt-5-mini";
const headersOf = (response) => Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("x-purser-")));

const tools = [
  {
    type: "function",
    name: "get_weather",
    description: "The weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
    strict: true,
  },
];

const modes = {
  async create() {
    const { data, response } = await client.responses
      .create({ model, input: "Say something about ledgers.", max_output_tokens: 4000 })
      .withResponse();
    return { text: data.output_text, status: data.status, usage: data.usage, headers: headersOf(response) };
  },
  async createStreamed() {
    const stream = await client.responses.create({
      model,
      instructions: "Be brief.",
      input: [{ role: "user", content: [{ type: "input_text", text: "Say something about streams." }] }],
      max_output_tokens: 4000,
      stream: true,
    });
    let text = "";
    let last = null;
    const numbers = [];
    for await (const event of stream) {
      numbers.push(event.sequence_number);
      if (event.type === "response.output_text.delta") text += event.delta;
      last = event;
    }
    return { text, last: last.type, usage: last.response.usage, counted: numbers.every((number, place) => number === place) };
  },
  async stream() {
    const stream = client.responses.stream({ model, input: "Say something about streams.", max_output_tokens: 4000 });
    let text = "";
    stream.on("response.output_text.delta", (event) => (text += event.delta));
    const final = await stream.finalResponse();
    return { text, final: final.output_text, status: final.status };
  },
  async cut() {
    const stream = client.responses.stream({ model, input: "[[simulate:tokens=20000]] Go on.", max_output_tokens: 64000 });
    let text = "";
    stream.on("response.output_text.delta", (event) => (text += event.delta));
    const final = await stream.finalResponse();
    const said = final.output.flatMap((item) => item.content ?? []).map((part) => part.text).join("");
    return { text, final: said, status: final.status, reason: final.incomplete_details.reason };
  },
  async tools() {
    const input = [{ role: "user", content: "[[simulate:tool=get_weather]] What is the weather in Bremen?" }];
    const first = await client.responses.create({ model, input, tools, max_output_tokens: 4000 });
    const call = first.output.find((item) => item.type === "function_call");
    input.push({ type: "function_call", call_id: call.call_id, name: call.name, arguments: call.arguments });
    input.push({ type: "function_call_output", call_id: call.call_id, output: '{"sky":"rain"}' });
    const second = await client.responses.create({ model, input, tools, max_output_tokens: 4000 });
    return { tool: call.name, arguments: JSON.parse(call.arguments), text: second.output_text };
  },
  async continued() {
    const first = await client.responses.create({ model, input: "Begin.", max_output_tokens: 4000 });
    const second = await client.responses.create({
      model,
      previous_response_id: first.id,
      input: "Go on.",
      max_output_tokens: 4000,
    });
    return { grows: second.usage.input_tokens > first.usage.input_tokens, previous: second.previous_response_id === first.id };
  },
  async background() {
    try {
      await client.responses.create({ model, input: "Later.", background: true });
      return { refused: false };
    } catch (error) {
      return { refused: error instanceof OpenAI.APIError, status: error.status, code: error.code, message: error.message };
    }
  },
};

console.log(JSON.stringify(await modes[process.argv[2]]()));
