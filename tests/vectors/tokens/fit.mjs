// Fits the weights of text features to corpus.jsonl, by family of tokenizers, on the texts marked "fit", and prints what the source has: weights
// and the error that nine of ten of the texts marked "check" stay below. Run: node fit.mjs [--kinds]
import { readFileSync } from "node:fs";

const names = [
  "Words", "ThirdLetters", "FifthLetters", "LongLetters", "Switches", "Capitals", "Numbers", "Digits", "SpaceRuns", "ExtraSpaces", "LineRuns", "ExtraLines", "SignRuns", "Signs",
  "LatinMarks", "Greek", "Cyrillic", "Hebrew", "Arabic", "Devanagari", "Indic", "Thai", "Symbols", "WideSigns", "Kana", "Han", "Hangul", "Others", "FourBytes",
];
const at = Object.fromEntries(names.map((name, index) => [name, index]));
const letters = ["LatinMarks", "Greek", "Cyrillic", "Hebrew", "Arabic", "Devanagari", "Indic"];

// The same as TextShape.cs does over bytes.
export function shape(text) {
  const counts = new Array(names.length).fill(0);
  let before = "start";
  let run = 0;
  const isLetter = (kind) => kind === "small" || kind === "capital" || kind === "letter";
  const letter = (isNew) => {
    run = isNew ? 1 : run + 1;
    if (isNew) counts[at.Words]++;
    if (run > 2) counts[run <= 4 ? at.ThirdLetters : run <= 6 ? at.FifthLetters : at.LongLetters]++;
  };
  for (const character of text) {
    const code = character.codePointAt(0);
    if (code >= 0x80) {
      const feature = wide(code);
      counts[at[feature]]++;
      if (letters.includes(feature)) {
        if (!isLetter(before)) counts[at.Words]++;
        run = isLetter(before) ? run + 1 : 1;
        before = "letter";
      } else before = "wide";
      continue;
    }
    if (character >= "a" && character <= "z") {
      letter(!isLetter(before));
      before = "small";
    } else if (character >= "A" && character <= "Z") {
      if (before === "capital") counts[at.Capitals]++;
      if (before === "small") counts[at.Switches]++;
      run = before === "small" ? 0 : run;
      letter(!isLetter(before));
      before = "capital";
    } else if (character >= "0" && character <= "9") {
      if (before !== "digit") counts[at.Numbers]++;
      counts[at.Digits]++;
      before = "digit";
    } else if (character === " " || character === "\t") {
      run = before === "space" ? run + 1 : 1;
      if (run === 2) counts[at.SpaceRuns]++;
      if (run > 1) counts[at.ExtraSpaces]++;
      before = "space";
    } else if (character === "\n" || character === "\r") {
      counts[before === "line" ? at.ExtraLines : at.LineRuns]++;
      before = "line";
    } else {
      if (before !== "sign") counts[at.SignRuns]++;
      counts[at.Signs]++;
      before = "sign";
    }
  }
  return counts;
}

function wide(code) {
  if (code > 0xffff) return "FourBytes";
  if (code < 0xc0) return "Symbols";
  if (code < 0x250) return "LatinMarks";
  if (code < 0x370) return "Others";
  if (code < 0x400) return "Greek";
  if (code < 0x530) return "Cyrillic";
  if (code < 0x590) return "Others";
  if (code < 0x600) return "Hebrew";
  if (code < 0x900) return "Arabic";
  if (code < 0x980) return "Devanagari";
  if (code < 0xe00) return "Indic";
  if (code < 0xf00) return "Thai";
  if (code >= 0x1e00 && code < 0x1f00) return "LatinMarks";
  if (code >= 0x1f00 && code < 0x2000) return "Greek";
  if (code < 0x2000) return "Others";
  if (code < 0x2e00) return "Symbols";
  if (code < 0x3000) return "Others";
  if (code < 0x3040) return "WideSigns";
  if (code < 0x3100) return "Kana";
  if (code < 0x3400) return "WideSigns";
  if (code < 0xa000) return "Han";
  if (code < 0xac00) return "Others";
  if (code < 0xd7b0) return "Hangul";
  if (code >= 0xf900 && code < 0xfb00) return "Han";
  if (code >= 0xff00 && code < 0xfff0) return "WideSigns";
  return "Others";
}

const dot = (left, right) => left.reduce((sum, value, index) => sum + value * right[index], 0);

// Least squares of the relative error with weights that are never negative, so that more text is never fewer tokens; by coordinate
// descent, pulled a little towards a plausible start, because some features are rare.
function fit(rows, start) {
  const ridge = 0.02;
  const weights = [...start];
  const scaled = rows.map(({ features, tokens }) => features.map((value) => value / tokens));
  const residual = scaled.map((row) => 1 - dot(row, weights));
  for (let round = 0; round < 400; round++) {
    for (let index = 0; index < weights.length; index++) {
      let [top, bottom] = [ridge * (start[index] - weights[index]), ridge];
      scaled.forEach((row, number) => {
        top += row[index] * residual[number];
        bottom += row[index] * row[index];
      });
      const next = Math.max(0, weights[index] + top / bottom);
      const step = next - weights[index];
      if (step === 0) continue;
      scaled.forEach((row, number) => (residual[number] -= row[index] * step));
      weights[index] = next;
    }
  }
  return weights.map((weight) => Number(weight.toFixed(3)));
}

const p90 = (errors) => errors.toSorted((left, right) => left - right)[Math.ceil(0.9 * errors.length) - 1];
const errorsOf = (rows, weights) => rows.map(({ features, tokens }) => Math.abs(Math.ceil(dot(features, weights)) - tokens) / tokens);
const percent = (error) => `${(error * 100).toFixed(1)} %`;

// What the table of kinds puts together.
function groupOf(kind) {
  const [sort, name] = kind.split("/");
  if (sort === "code") return "code";
  if (sort === "data" || sort === "chat") return "JSON, YAML, CSV, logs, base64, ids, emoji";
  if (["english", "markdown"].includes(name)) return "English";
  if (["ru", "russian", "ukrainian", "greek"].includes(name)) return "Greek, Russian, Ukrainian";
  if (["arabic", "hebrew"].includes(name)) return "Arabic, Hebrew";
  if (["hindi", "bengali", "tamil", "thai"].includes(name)) return "Bengali, Hindi, Tamil, Thai";
  if (["ja", "ko", "zh-cn", "zh-tw", "chinese", "japanese", "korean"].includes(name)) return "Chinese, Japanese, Korean";
  return "other languages in Latin letters";
}

const start = [1, 0.05, 0.05, 0.2, 0.5, 0.3, 0.3, 0.4, 0.5, 0.02, 0.5, 0.1, 0.3, 0.5, 0.5, 0.4, 0.3, 0.5, 0.4, 0.5, 0.6, 0.7, 1, 1, 0.8, 0.9, 1, 1.5, 2];
const corpus = readFileSync(new URL("corpus.jsonl", import.meta.url), "utf8").trim().split("\n").map((line) => JSON.parse(line));
corpus.forEach((row) => (row.features = shape(row.text)));
const families = Object.keys(corpus[0].tokens);
const rowsOf = (family, half) => corpus.filter((row) => row.half === half).map((row) => ({ kind: row.kind, features: row.features, tokens: row.tokens[family] }));
const weights = Object.fromEntries(families.map((family) => [family, fit(rowsOf(family, "fit"), start)]));
const mean = (some) => names.map((_, index) => Number((some.reduce((sum, family) => sum + weights[family][index], 0) / some.length).toFixed(3)));
weights.generic = mean(families);

const stated = {};
for (const [family, row] of Object.entries(weights)) {
  // What is told of a tokenizer that nobody has: the error for each family by the mean of all others.
  const errors =
    family === "generic"
      ? families.flatMap((left) => errorsOf(rowsOf(left, "check"), mean(families.filter((other) => other !== left))))
      : errorsOf(rowsOf(family, "check"), row);
  stated[family] = { p90: p90(errors), median: errors.toSorted((left, right) => left - right)[errors.length >> 1] };
  const [first, second] = [row.slice(0, 15), row.slice(15)].map((part) => part.join(" "));
  console.log(`Fitted(\n  "${family}",\n  ${(Math.ceil(stated[family].p90 * 100) / 100).toFixed(2)},\n  "${first} "\n    + "${second}"\n);`);
}

if (process.argv.includes("--kinds")) {
  console.log("\n| family | nine of ten below | half below |\n| --- | --- | --- |");
  for (const [family, error] of Object.entries(stated)) console.log(`| ${family} | ${percent(error.p90)} | ${percent(error.median)} |`);
  const groups = [...new Set(corpus.map((row) => groupOf(row.kind)))];
  console.log(`\n| kind | ${families.join(" | ")} |\n| --- |${families.map(() => " --- |").join("")}`);
  for (const group of groups) {
    const cells = families.map((family) => percent(p90(errorsOf(rowsOf(family, "check").filter((row) => groupOf(row.kind) === group), weights[family]))));
    console.log(`| ${group} | ${cells.join(" | ")} |`);
  }
}
