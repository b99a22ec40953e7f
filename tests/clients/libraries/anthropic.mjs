// npm @anthropic-ai/sdk, with its own tool runner.
import Anthropic from "@anthropic-ai/sdk";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

const client = new Anthropic({ baseURL: url, apiKey: key });
const messages = [{ role: "user", content: prompt }];
const request = { model, max_tokens: 2000, messages };
const textOf = (message) => message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
const ask = async () => ({ text: textOf(await client.messages.create(request)) });

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    return gather(client.messages.stream(request), (event) => (event.type === "content_block_delta" ? event.delta.text : ""));
  },
  async tool() {
    const { name, description, schema: input_schema } = weather;
    const tools = [{ name, description, input_schema, parse: (input) => input, run: weather.run }];
    return { text: textOf(await client.beta.messages.toolRunner({ ...request, tools })) };
  },
});
