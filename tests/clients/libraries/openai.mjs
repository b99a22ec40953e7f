// npm openai: chat completions.
import OpenAI from "openai";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
const messages = [{ role: "user", content: prompt }];
const ask = async () => {
  const answer = await client.chat.completions.create({ model, messages });
  return { text: answer.choices[0].message.content };
};

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    return gather(stream, (chunk) => chunk.choices[0]?.delta?.content);
  },
  async tool() {
    const { name, description, schema: parameters } = weather;
    const tools = [{ type: "function", function: { name, description, parameters, parse: JSON.parse, function: weather.run } }];
    return { text: await client.chat.completions.runTools({ model, messages, tools }).finalContent() };
  },
});
