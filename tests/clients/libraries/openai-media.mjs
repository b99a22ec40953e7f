// npm openai: what isn't a conversation.
import OpenAI, { toFile } from "openai";
import { key, model, prompt, run, url } from "./case.mjs";

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });

/** A second of silence. */
function silence() {
  const samples = 16000;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(16000, 24);
  wav.writeUInt32LE(32000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(samples * 2, 40);
  return toFile(wav, "silence.wav", { type: "audio/wav" });
}

await run({
  async embeddings() {
    // The library asks for base64 and gives numbers.
    const { data } = await client.embeddings.create({ model, input: [prompt, "And another."] });
    return { count: data.length, size: data[0].embedding.length };
  },
  async images() {
    const { data } = await client.images.generate({ model, prompt, size: "1024x1024" });
    return { count: data.length, size: (data[0].b64_json ?? data[0].url).length };
  },
  async edit() {
    const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const image = await toFile(Buffer.from(pixel, "base64"), "pixel.png", { type: "image/png" });
    const { data } = await client.images.edit({ model, image, prompt, size: "1024x1024" });
    return { count: data.length, size: (data[0].b64_json ?? data[0].url).length };
  },
  async speech() {
    const answer = await client.audio.speech.create({ model, voice: "alloy", input: prompt });
    return { count: 1, size: (await answer.arrayBuffer()).byteLength };
  },
  async transcription() {
    const { text } = await client.audio.transcriptions.create({ model, file: await silence() });
    return { count: 1, size: text.length };
  },
  async moderation() {
    const { results } = await client.moderations.create({ model, input: prompt });
    return { count: results.length, size: Object.keys(results[0].categories).length };
  },
});
