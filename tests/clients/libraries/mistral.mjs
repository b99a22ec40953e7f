// npm @mistralai/mistralai.
import { Mistral } from "@mistralai/mistralai";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

const client = new Mistral({ serverURL: url, apiKey: key });
const messages = [{ role: "user", content: prompt }];
const ask = async () => ({ text: (await client.chat.complete({ model, messages })).choices[0].message.content });

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    return gather(await client.chat.stream({ model, messages }), (event) => event.data.choices[0]?.delta.content);
  },
  async tool() {
    const { name, description, schema: parameters } = weather;
    const tools = [{ type: "function", function: { name, description, parameters } }];
    const first = await client.chat.complete({ model, messages, tools });
    const message = first.choices[0].message;
    messages.push(message);
    for (const call of message.toolCalls) {
      const given = call.function.arguments;
      const content = weather.run(typeof given === "string" ? JSON.parse(given) : given);
      messages.push({ role: "tool", name: call.function.name, toolCallId: call.id, content });
    }
    return { text: (await client.chat.complete({ model, messages, tools })).choices[0].message.content };
  },
});
