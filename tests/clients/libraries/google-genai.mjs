// npm @google/genai, with its automatic function calling.
import { GoogleGenAI } from "@google/genai";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
const request = { model, contents: prompt };
const ask = async () => ({ text: (await client.models.generateContent(request)).text });

/** A tool that the library calls by itself. */
const callable = {
  async tool() {
    const { name, description, schema: parametersJsonSchema } = weather;
    return { functionDeclarations: [{ name, description, parametersJsonSchema }] };
  },
  async callTool(calls) {
    return calls.map(({ id, name, args }) => ({ functionResponse: { id, name, response: { result: weather.run(args) } } }));
  },
};

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    return gather(await client.models.generateContentStream(request), (chunk) => chunk.text);
  },
  async tool() {
    return { text: (await client.models.generateContent({ ...request, config: { tools: [callable] } })).text };
  },
});
