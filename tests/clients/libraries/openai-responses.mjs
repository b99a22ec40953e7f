// npm openai: responses.
import OpenAI from "openai";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
const ask = async () => ({ text: (await client.responses.create({ model, input: prompt })).output_text });

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    const stream = await client.responses.create({ model, input: prompt, stream: true });
    return gather(stream, (event) => (event.type === "response.output_text.delta" ? event.delta : ""));
  },
  async tool() {
    const { name, description, schema: parameters } = weather;
    const tools = [{ type: "function", name, description, parameters, strict: false }];
    const input = [{ role: "user", content: prompt }];
    const first = await client.responses.create({ model, input, tools });
    input.push(...first.output);
    for (const call of first.output.filter((item) => item.type === "function_call")) {
      input.push({ type: "function_call_output", call_id: call.call_id, output: weather.run(JSON.parse(call.arguments)) });
    }
    return { text: (await client.responses.create({ model, input, tools })).output_text };
  },
});
