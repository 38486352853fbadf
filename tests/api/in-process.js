// The suite in a runtime that reads files: `deno run -A in-process.js [file...]`, `bun in-process.js [file...]`.
import { readdir } from "node:fs/promises";
import process from "node:process";
import { run } from "./runner.js";

const chosen = process.argv.slice(2);
const files = chosen.length > 0 ? chosen : (await readdir(new URL(".", import.meta.url))).filter((name) => name.endsWith(".test.js")).sort();
let failed = 0;
const say = (line) => {
  console.log(line);
  failed += Number(/^ℹ fail (\d+)$/.exec(line)?.[1] ?? 0);
};

for (const file of files) await import(`./${file}`);
await run(say);
process.exit(failed > 0 ? 1 : 0);
