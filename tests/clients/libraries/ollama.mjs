// npm ollama.
import { Ollama } from "ollama";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

const client = new Ollama({ host: url, headers: { Authorization: `Bearer ${key}` } });
const messages = [{ role: "user", content: prompt }];
const ask = async () => ({ text: (await client.chat({ model, messages })).message.content });

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    return gather(await client.chat({ model, messages, stream: true }), (part) => part.message.content);
  },
  async tool() {
    const { name, description, schema: parameters } = weather;
    const tools = [{ type: "function", function: { name, description, parameters } }];
    const first = await client.chat({ model, messages, tools });
    messages.push(first.message);
    for (const call of first.message.tool_calls) {
      messages.push({ role: "tool", tool_name: call.function.name, content: weather.run(call.function.arguments) });
    }
    return { text: (await client.chat({ model, messages, tools })).message.content };
  },
});
