// npm ai with one of its providers, by the model's name; the provider's base URL and key alone are set.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

const providers = {
  openai: () => createOpenAI({ baseURL: `${url}/v1`, apiKey: key })(model),
  "openai-chat": () => createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat(model),
  anthropic: () => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(model),
  google: () => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: key })(model),
};
const request = { model: providers[process.env.PROVIDER](), prompt };
const ask = async () => ({ text: (await generateText(request)).text });

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    // What goes wrong in a stream is told here alone.
    let failure = null;
    const result = streamText({ ...request, onError: ({ error }) => (failure = error) });
    const seen = await gather(result.textStream, (piece) => piece);
    if (failure) throw failure;
    return seen;
  },
  async tool() {
    const { name, description, schema } = weather;
    const tools = { [name]: tool({ description, inputSchema: jsonSchema(schema), execute: weather.run }) };
    return { text: (await generateText({ ...request, tools, stopWhen: stepCountIs(5) })).text };
  },
});
