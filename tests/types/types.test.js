// Every ts block of the README compiles against the package's declarations, under the strictest settings.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { snippetsIn } from "./snippets.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const readme = process.env.PRESEALED_README ?? join(here, "../../README.md");
const compiler = join(here, "node_modules/typescript/bin/tsc");

let scratch;
before(() => { scratch = mkdtempSync(join(here, "node_modules/.snippets-")); });
after(() => rmSync(scratch, { recursive: true, force: true }));

/** @returns {string} what the compiler says; empty if it has no complaint */
function compile(name, code) {
  const directory = mkdtempSync(join(scratch, "snippet-"));
  // `export {}`: each is a module of its own, with await at its top.
  writeFileSync(join(directory, name), `${code}export {};\n`);
  const settings = JSON.parse(readFileSync(join(here, "tsconfig.json"), "utf8"));
  const pkg = join(here, "../../pkg");
  settings.compilerOptions.paths = { presealed: [join(pkg, "presealed.d.ts")], "presealed/in-worker": [join(pkg, "in-worker.d.ts")] };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ ...settings, files: [name] }));
  try {
    execFileSync(process.execPath, [compiler, "--project", directory, "--pretty", "false"], { encoding: "utf8" });
    return "";
  } catch (error) {
    return error.stdout || String(error);
  }
}

function snippets() {
  return snippetsIn(readFileSync(readme, "utf8"));
}

let found = [];
try {
  found = snippets();
} catch {
  // Said by the test below.
}

test("the README has TypeScript in it", () => {
  assert.ok(snippets().length > 0);
});

for (const { line, code } of found) {
  test(`the snippet at line ${line} compiles`, () => assert.equal(compile(`readme-line-${line}.ts`, code), ""));
}

test("the declarations compile by themselves", () => {
  assert.equal(compile("declarations.ts", 'import init, * as presealed from "presealed";\nimport { inWorker } from "presealed/in-worker";\nvoid init;\nvoid presealed;\nvoid inWorker;\n'), "");
});

const SEALING = `
import { putObject, RawAesKeyring, type Presign } from "presealed";
declare const file: File;
declare const presign: Presign;
const keyring = RawAesKeyring.fromKey(new Uint8Array(32));
`;

test("the right use compiles", () => {
  assert.equal(compile("right.ts", `${SEALING}const stored = await putObject(file, { key: "a", presign, keyring });\nconst tag: string | undefined = stored.eTag;\nvoid tag;\n`), "");
});

const REWRAPPING = `
import { rewrapInstructionFile, RawAesKeyring, type Presign } from "presealed";
declare const presign: Presign;
const keyring = RawAesKeyring.fromKey(new Uint8Array(32));
`;

test("the right re-wrap compiles", () => {
  const use = '{ key: "a", presign, keyring, newKeyring: keyring, enforceRotation: true, instructionFile: { suffix: ".a" } }';
  assert.equal(compile("rewrap.ts", `${REWRAPPING}const { envelope, previous, instructionFileKey } = await rewrapInstructionFile(${use});\nconst texts: string[] = [envelope.wrapAlgorithm, previous.format, instructionFileKey];\nvoid texts;\n`), "");
});

for (const [what, use] of Object.entries({
  "no new keyring": '{ key: "a", presign, keyring }',
  "a file that is not fetched": '{ key: "a", presign, keyring, newKeyring: keyring, instructionFile: { fetch: false } }',
  "no old keyring": '{ key: "a", presign, newKeyring: keyring }',
})) {
  test(`no re-wrap: ${what}`, () => {
    assert.match(compile("wrong.ts", `${REWRAPPING}await rewrapInstructionFile(${use});\n`), /wrong\.ts\(\d+,\d+\): error TS2/);
  });
}

for (const [what, use] of Object.entries({
  "no keyring and no word about it": '{ key: "a", presign }',
  "no client-side encryption, and none by the server": '{ key: "a", presign, clientSideEncryption: "none" }',
  "a mode that does not exist": '{ key: "a", presign, keyring, serverSideEncryption: { mode: "SSE-X" } }',
  "SSE-C without its key": '{ key: "a", presign, keyring, serverSideEncryption: { mode: "SSE-C" } }',
  "a policy that does not exist": '{ key: "a", presign, keyring, commitmentPolicy: "none" }',
})) {
  test(`refused: ${what}`, () => {
    assert.match(compile("wrong.ts", `${SEALING}await putObject(file, ${use});\n`), /wrong\.ts\(\d+,\d+\): error TS2/);
  });
}

test("text without TypeScript, or with a block that does not end, is refused", () => {
  assert.throws(() => snippetsIn("# Title\n```js\nlet a;\n```\n"), /no ts block/);
  assert.throws(() => snippetsIn("```ts\nlet a;\n"), /no end/);
  assert.deepEqual(snippetsIn("a\n```ts\nlet a = 1;\n```\nb\n"), [{ line: 3, code: "let a = 1;\n" }]);
});
