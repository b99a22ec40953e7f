// What isn't a conversation of npm openai, against OPENAI_BASE_URL. Writes one JSON object with what the client saw.
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ maxRetries: 0 });

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

const modes = {
  async embeddings() {
    // The library asks for base64 and gives numbers.
    const { data } = await client.embeddings.create({ model: "text-embedding-3-small", input: ["A ledger.", "Another one."] });
    return { count: data.length, size: data[0].embedding.length };
  },
  async images() {
    const { data } = await client.images.generate({ model: "gpt-image-1", prompt: "A ledger.", size: "1024x1024", quality: "low" });
    return { count: data.length, size: (data[0].b64_json ?? data[0].url).length };
  },
  async edit() {
    const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const image = await toFile(Buffer.from(pixel, "base64"), "pixel.png", { type: "image/png" });
    const { data } = await client.images.edit({ model: "gpt-image-1", image, prompt: "A ledger.", size: "1024x1024", quality: "low" });
    return { count: data.length, size: (data[0].b64_json ?? data[0].url).length };
  },
  async speech() {
    const answer = await client.audio.speech.create({ model: "tts-1", voice: "alloy", input: "The books balance." });
    return { count: 1, size: (await answer.arrayBuffer()).byteLength };
  },
  async transcription() {
    const { text } = await client.audio.transcriptions.create({ model: "gpt-4o-mini-transcribe", file: await silence() });
    return { count: 1, size: text.length };
  },
  async moderation() {
    const { results } = await client.moderations.create({ model: "omni-moderation-latest", input: "The books balance." });
    return { count: results.length, size: Object.keys(results[0].categories).length };
  },
};

console.log(JSON.stringify(await modes[process.argv[2]]()));
