// The realtime session of npm openai against OPENAI_BASE_URL. Writes one JSON object with what the client saw.
import net from "node:net";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";

// The client always asks for TLS, which ends before a gateway. Here nothing is in front of it.
const { hostname, port } = new URL(process.env.OPENAI_BASE_URL);
const options = { createConnection: () => net.connect(Number(port), hostname) };
const limit = Number(process.env.PURSER_TEST_TURNS ?? 2);

const modes = {
  // Each turn is one message and one response, in text.
  async talk() {
    const session = new OpenAIRealtimeWS({ model: "gpt-realtime", options }, new OpenAI({ maxRetries: 0 }));
    return await new Promise((resolve, reject) => {
      let text = "";
      const usage = [];
      const say = () => {
        session.send({
          type: "conversation.item.create",
          item: { type: "message", role: "user", content: [{ type: "input_text", text: "Say something about ledgers." }] },
        });
        session.send({ type: "response.create" });
      };
      session.on("session.created", () =>
        session.send({
          type: "session.update",
          session: { type: "realtime", output_modalities: ["text"], audio: { input: { turn_detection: null } } },
        }),
      );
      session.on("session.updated", say);
      session.on("response.output_text.delta", (event) => (text += event.delta));
      session.on("response.done", (event) => {
        usage.push(event.response.usage);
        if (usage.length < limit) say();
        else session.close({ code: 1000, reason: "done" });
      });
      session.on("error", (error) => {
        session.close();
        resolve({ text, usage, code: error.error?.code ?? null, message: error.error?.message ?? error.message });
      });
      session.socket.on("close", (code) => resolve({ text, usage, closed: code }));
      session.socket.on("unexpected-response", (_, response) => {
        let body = "";
        response.on("data", (part) => (body += part));
        response.on("end", () => resolve({ status: response.statusCode, body }));
      });
      setTimeout(() => reject(new Error("the session takes too long")), 30_000).unref();
    });
  },
};

console.log(JSON.stringify(await modes[process.argv[2]]()));
process.exit(0);
