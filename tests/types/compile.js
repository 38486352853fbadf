// Snippets, each a module of its own, under the strictest settings and against the package's declarations.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
export const pkg = join(here, "../../pkg");
const compiler = join(here, "node_modules/typescript/bin/tsc");

let scratch;
before(() => {
  scratch = mkdtempSync(join(here, "node_modules/.snippets-"));
  mkdirSync(join(scratch, "node_modules"));
  // Where Node finds the package that a snippet imports.
  symlinkSync(pkg, join(scratch, "node_modules/presealed"));
});
after(() => rmSync(scratch, { recursive: true, force: true }));

/**
 * @param {Record<string, string>} files code by name of file; of JavaScript, only the syntax is looked at
 * @returns {{ complaint: string, module: (name: string) => string }} what the compiler says, empty if it has no complaint; and where a file's
 *   module is
 */
export function compileAll(files) {
  const directory = mkdtempSync(join(scratch, "snippets-"));
  // `export {}`: each is a module of its own, with await at its top.
  for (const [name, code] of Object.entries(files)) writeFileSync(join(directory, name), `${code}export {};\n`);
  // What needs the types of Node, which these settings leave out; consumers.test.js looks at the package's.
  writeFileSync(join(directory, "untyped.d.ts"), "export {};\n");
  const settings = JSON.parse(readFileSync(join(here, "tsconfig.json"), "utf8"));
  Object.assign(settings.compilerOptions, {
    paths: {
      presealed: [join(pkg, "presealed.d.ts")], "presealed/in-worker": [join(pkg, "in-worker.d.ts")],
      "presealed/endpoints": [join(pkg, "endpoints.d.ts")], "presealed/element": [join(pkg, "element/index.d.ts")],
      "presealed/node": [join(directory, "untyped.d.ts")], "@aws-sdk/*": [join(directory, "untyped.d.ts")],
      "presealed/inline": [join(pkg, "presealed.d.ts")], "presealed/inline/in-worker": [join(pkg, "in-worker.d.ts")],
    },
    allowJs: true, noEmit: false, rootDir: ".", outDir: "out",
  });
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ ...settings, files: Object.keys(files) }));
  const module = (name) => join(directory, "out", name.replace(/\.ts$/, ".js"));
  try {
    execFileSync(process.execPath, [compiler, "--project", directory, "--pretty", "false"], { encoding: "utf8" });
    return { complaint: "", module };
  } catch (error) {
    return { complaint: error.stdout || String(error), module };
  }
}

/** What the compiler says of one file. */
export const complaintOf = (name, code) => compileAll({ [name]: code }).complaint;
