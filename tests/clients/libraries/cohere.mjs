// npm cohere-ai.
import { CohereClientV2 } from "cohere-ai";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

const client = new CohereClientV2({ token: key, environment: url });
const messages = [{ role: "user", content: prompt }];
const textOf = (answer) => (answer.message.content ?? []).map((part) => part.text ?? "").join("");
const ask = async () => ({ text: textOf(await client.chat({ model, messages })) });

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    return gather(await client.chatStream({ model, messages }), (event) =>
      event.type === "content-delta" ? event.delta.message.content.text : "",
    );
  },
  async tool() {
    const { name, description, schema: parameters } = weather;
    const tools = [{ type: "function", function: { name, description, parameters } }];
    const first = await client.chat({ model, messages, tools });
    messages.push({ role: "assistant", toolCalls: first.message.toolCalls, toolPlan: first.message.toolPlan });
    for (const call of first.message.toolCalls) {
      messages.push({ role: "tool", toolCallId: call.id, content: weather.run(JSON.parse(call.function.arguments)) });
    }
    return { text: textOf(await client.chat({ model, messages, tools })) };
  },
});
