// npm @langchain/openai and @langchain/anthropic, with the agent of langchain.
import { ChatAnthropic } from "@langchain/anthropic";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent, tool } from "langchain";
import { gather, key, model, prompt, run, url, weather } from "./case.mjs";

// Of itself it tries seven times, with longer and longer pauses.
const maxRetries = 2;
const providers = {
  openai: () => new ChatOpenAI({ model, maxRetries, apiKey: key, configuration: { baseURL: `${url}/v1` } }),
  "openai-responses": () => new ChatOpenAI({ model, maxRetries, apiKey: key, configuration: { baseURL: `${url}/v1` }, useResponsesApi: true }),
  anthropic: () => new ChatAnthropic({ model, maxRetries, apiKey: key, anthropicApiUrl: url, maxTokens: 2000 }),
};
const chat = providers[process.env.PROVIDER]();
const ask = async () => ({ text: (await chat.invoke(prompt)).text });

await run({
  plain: ask,
  error: ask,
  exhausted: ask,
  async streamed() {
    return gather(await chat.stream(prompt), (chunk) => chunk.text);
  },
  async tool() {
    const { name, description, schema } = weather;
    const agent = createAgent({ model: chat, tools: [tool(weather.run, { name, description, schema })] });
    const { messages } = await agent.invoke({ messages: [{ role: "user", content: prompt }] });
    return { text: messages.at(-1).text };
  },
});
