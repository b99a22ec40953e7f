// What the scripts of this folder share. Each drives one library as its users do: node SCRIPT.mjs CASE MODEL PROMPT, with the gateway in
// PURSER_URL, a key of it in PURSER_KEY, and in TOOL_RESULT what the tool gives. It writes one JSON object with what the library gave: the
// text, the pieces of a stream, what the tool was called with; or the error that it threw, in the library's own words.

export const url = process.env.PURSER_URL;
export const key = process.env.PURSER_KEY;
export const [, , name, model, prompt] = process.argv;

/** The tool that the model is given, and what it was called with. */
export const weather = {
  name: "get_weather",
  description: "The weather in a city",
  schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  calls: [],
  run(input) {
    weather.calls.push(input);
    return process.env.TOOL_RESULT;
  },
};

/** Runs the case that was asked for. */
export async function run(cases) {
  try {
    const seen = await cases[name]();
    console.log(JSON.stringify({ ...seen, calls: weather.calls }));
  } catch (error) {
    console.log(JSON.stringify({ error: told(error), calls: weather.calls }));
  }
  // Some libraries keep connections open.
  process.exit(0);
}

/** An error as a person finds it in a log: its kind and its message, and what it says beside them. */
function told(error) {
  return {
    kind: error?.constructor?.name ?? typeof error,
    status: error?.status ?? error?.statusCode ?? error?.lastError?.statusCode ?? error?.status_code ?? null,
    message: error?.message ?? String(error),
  };
}

/** The pieces of a stream that say something. */
export async function gather(stream, textOf) {
  const pieces = [];
  for await (const event of stream) {
    const piece = textOf(event);
    if (piece) pieces.push(piece);
  }
  return { text: pieces.join(""), pieces };
}
