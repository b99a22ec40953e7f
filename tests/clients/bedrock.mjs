// npm @aws-sdk/client-bedrock-runtime against BEDROCK_URL. Writes one JSON object with what the client saw.
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";

const claude = "us.anthropic.claude-sonnet-4-6";
let attempts = 0;

// For models the SDK takes HTTP/2 without asking, which no gateway speaks on http://.
const client = new BedrockRuntimeClient({
  region: "us-east-1",
  endpoint: process.env.BEDROCK_URL,
  requestHandler: new NodeHttpHandler(),
});
client.middlewareStack.add((next) => (args) => (attempts++, next(args)), { step: "finalizeRequest", priority: "low" });
const headers = {};
client.middlewareStack.add(
  (next) => async (args) => {
    const result = await next(args);
    for (const [name, value] of Object.entries(result.response.headers)) if (name.startsWith("x-purser-")) headers[name] = value;
    return result;
  },
  { step: "deserialize", priority: "low" },
);

const user = (text) => ({ role: "user", content: [{ text }] });
const body = (text) =>
  JSON.stringify({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 200,
    messages: [{ role: "user", content: text }],
  });
const invoked = (modelId, text) => ({ modelId, contentType: "application/json", accept: "application/json", body: body(text) });
const json = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
const tools = [
  {
    toolSpec: {
      name: "get_weather",
      description: "The weather in a city",
      inputSchema: { json: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
    },
  },
];
const limit = { maxTokens: 200 };

async function streamed(modelId) {
  const { stream } = await client.send(
    new ConverseStreamCommand({ modelId, messages: [user("Say something about streams.")], inferenceConfig: limit }),
  );
  let text = "";
  let usage;
  for await (const event of stream) {
    text += event.contentBlockDelta?.delta.text ?? "";
    usage = event.metadata?.usage ?? usage;
  }
  return { text, usage, headers };
}

async function invokedStream(modelId) {
  const { body: stream } = await client.send(new InvokeModelWithResponseStreamCommand(invoked(modelId, "Say something about frames.")));
  let text = "";
  let metrics;
  for await (const event of stream) {
    const inner = json(event.chunk.bytes);
    if (inner.type === "content_block_delta") text += inner.delta.text ?? "";
    metrics = inner["amazon-bedrock-invocationMetrics"] ?? metrics;
  }
  return { text, usage: metrics, headers };
}

async function tooled(modelId) {
  const messages = [user("[[simulate:tool=get_weather]] What is the weather in Bremen?")];
  const toolConfig = { tools };
  const first = await client.send(new ConverseCommand({ modelId, messages, toolConfig, inferenceConfig: limit }));
  const call = first.output.message.content.find((block) => block.toolUse).toolUse;
  messages.push(first.output.message, {
    role: "user",
    content: [{ toolResult: { toolUseId: call.toolUseId, content: [{ json: { sky: "rain" } }] } }],
  });
  const second = await client.send(new ConverseCommand({ modelId, messages, toolConfig, inferenceConfig: limit }));
  return { finish: first.stopReason, tool: call.name, arguments: call.input, text: second.output.message.content[0].text };
}

async function refusedBy(command) {
  try {
    await client.send(command);
    return { refused: false };
  } catch (error) {
    return { refused: true, name: error.name, status: error.$metadata?.httpStatusCode, message: error.message, attempts };
  }
}

const modes = {
  async converse() {
    const answer = await client.send(
      new ConverseCommand({ modelId: claude, messages: [user("Say something about ledgers.")], inferenceConfig: limit }),
    );
    return { text: answer.output.message.content[0].text, usage: answer.usage, headers };
  },
  stream: () => streamed(claude),
  async invoke() {
    const answer = json((await client.send(new InvokeModelCommand(invoked(claude, "Say something about bodies.")))).body);
    return { text: answer.content[0].text, usage: answer.usage, headers };
  },
  invokeStream: () => invokedStream(claude),
  otherStream: () => streamed("gpt-5-mini"),
  otherInvokeStream: () => invokedStream("gpt-5-mini"),
  tools: () => tooled(claude),
  otherTools: () => tooled("gpt-5-mini"),
  refused: () => refusedBy(new ConverseCommand({ modelId: claude, messages: [user("Spend.")], inferenceConfig: limit })),
  refusedStream: () => refusedBy(new InvokeModelWithResponseStreamCommand(invoked(claude, "Spend."))),
};

console.log(JSON.stringify(await modes[process.argv[2]]()));
