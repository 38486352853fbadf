// The lines that docs/bundlers.md prints for a tool that needs some: a row takes them from there, so that what is printed is what is tested.
import { readFileSync } from "node:fs";
import { blocksIn } from "../../types/snippets.js";

const document = readFileSync(new URL("../../../docs/bundlers.md", import.meta.url), "utf8");

/** The block whose first line is the comment `// FILE`, or `// FILE: more words`, without that line. */
export function printedFor(file) {
  const found = blocksIn(document).filter(({ code }) => code.split(/[:\n]/)[0] === `// ${file}`);
  if (found.length !== 1) throw new Error(`docs/bundlers.md has ${found.length} blocks for ${file}`);
  return found[0].code.slice(found[0].code.indexOf("\n") + 1);
}

/** The one block for a shell with that word in it. */
export function printedWith(word) {
  const found = blocksIn(document).filter(({ language, code }) => language === "sh" && code.includes(word));
  if (found.length !== 1) throw new Error(`docs/bundlers.md has ${found.length} blocks with ${word}`);
  return found[0].code;
}

/** The rows of the table: what is said to be needed, by the name of the tool. */
export function printedTable() {
  const cells = document.split("\n").filter((line) => line.startsWith("| ")).slice(1).map((line) => line.slice(2, -2).split(" | "));
  return Object.fromEntries(cells.map(([tool, needs]) => [tool, needs]));
}

/** Has the app take the inline entries, by exactly the lines that are printed. */
export async function inline(project) {
  const printed = printedFor("main.js").trimEnd().split("\n");
  const lines = (await project.read("main.js")).split("\n");
  const from = (line) => / from "(presealed[^"]*)";$/.exec(line)?.[1];
  const [old, now] = [lines.slice(0, printed.length).map(from), printed.map(from)];
  if (String(old) !== "presealed,presealed/in-worker" || String(now) !== "presealed/inline,presealed/inline/in-worker") throw new Error(`${now} instead of ${old}`);
  await project.write("main.js", [...printed, ...lines.slice(printed.length)].join("\n"));
}
