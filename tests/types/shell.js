// The shell as the package has it, for the compiler: its modules beside the declarations of the package and of the bindings.
import { mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const BINDINGS = "src/border/bindings.d.ts";
/** What the build makes for the entries that fetch nothing. */
const MADE = `
declare module "*.wasm" { const module: WebAssembly.Module; export default module; }
declare module "*/inlined.js" { export const EXTRAS: string, MODULE: string, PART_WORKER: string; }
declare module "*/inlined-worker.js" { export const WORKER: string; }
`;

/**
 * Lays out a project in a new directory there.
 * @param {[name: string, before: string, after: string][]} changes of modules, each in a copy `altered-N.js` beside them
 * @param {Record<string, string>} more files
 */
export function layOutShell(parent, settings, changes = [], more = {}) {
  const directory = mkdtempSync(join(parent, "shell-"));
  const names = readdirSync(join(root, "src/js"));
  for (const path of [...names.map((name) => `src/js/${name}`), BINDINGS]) symlinkSync(join(root, path), join(directory, path.split("/").at(-1)));
  // `./presealed.js` is what the package declares.
  symlinkSync(join(root, "src/js/presealed.js"), join(directory, "entry.js"));
  const modules = [...names, "entry.js"];
  for (const [index, [name, before, after]] of changes.entries()) {
    const text = readFileSync(join(root, "src/js", name), "utf8");
    if (!text.includes(before)) throw new Error(`${name} does not say ${before}`);
    writeFileSync(join(directory, `altered-${index}.js`), text.replace(before, after));
    modules.push(`altered-${index}.js`);
  }
  const files = { "made.d.ts": MADE, ...more };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const compilerOptions = {
    ...settings.compilerOptions, allowJs: true, checkJs: true, preserveSymlinks: true,
    // What has no member and what has it undefined are the same to the shell, and it indexes what it has counted.
    exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false,
  };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [...modules, ...Object.keys(files)] }));
  return directory;
}

/** The words that Rust gives steps, as `step.rs` and the end of a journey have them, and those that are declared. */
export function wordsOfSteps() {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const [, ending] = read("src/border/journey.rs").split("fn end(");
  const made = `${read("src/border/step.rs")}${ending.split("\n    }\n")[0]}`;
  const [declared] = read("src/border/bindings.d.ts").replaceAll(/\/\*\*.*?\*\/|\/\/[^\n]*/gs, "").split("export interface Given");
  const steps = declared.slice(declared.indexOf("export interface Calls"));
  return {
    made: new Set([...made.matchAll(/"([\w-]+)"/g)].map(([, word]) => word)),
    declared: new Set([...steps.matchAll(/"([\w-]+)"|(\w+)\??:/g)].map(([, text, member]) => text ?? member)),
  };
}
