// npm @openai/agents, with its own loop.
import { Agent, Runner, setDefaultOpenAIClient, setOpenAIAPI, setTracingDisabled, tool } from "@openai/agents";
import OpenAI from "openai";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

// Traces would go to OpenAI.
setTracingDisabled(true);
setDefaultOpenAIClient(new OpenAI({ baseURL: `${url}/v1`, apiKey: key }));
setOpenAIAPI(process.env.PROVIDER);

const { name, description } = weather;
const parameters = { ...weather.schema, additionalProperties: false };
const plain = { name: "Clerk", instructions: "Be brief.", model };
const armed = { ...plain, tools: [tool({ name, description, parameters, strict: true, execute: weather.run })] };
const runner = new Runner();
const ask = async () => ({ text: (await runner.run(new Agent(plain), prompt)).finalOutput });

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    const result = await runner.run(new Agent(plain), prompt, { stream: true });
    const seen = await gather(result.toTextStream(), (piece) => piece);
    await result.completed;
    return seen;
  },
  async tool() {
    return { text: (await runner.run(new Agent(armed), prompt)).finalOutput };
  },
});
