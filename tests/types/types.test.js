// Every ts block of the documents compiles against the package's declarations, under the strictest settings; of js blocks, the syntax is right.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileAll, complaintOf as compile } from "./compile.js";
import { OF_USERS, read, snippets } from "./documents.js";
import { blocksIn, snippetsIn } from "./snippets.js";

test("the README and most documents have code in them, in languages that somebody looks at", () => {
  const blocks = OF_USERS.flatMap((document) => blocksIn(read(document)));
  assert.deepEqual([...new Set(blocks.map(({ language }) => language))].toSorted(), ["", "css", "html", "js", "json", "sh", "ts"]);
  for (const { code } of blocks.filter(({ language }) => language === "json")) JSON.parse(code);
  assert.ok(snippetsIn(read("README.md")).length > 1);
  assert.ok(OF_USERS.filter((document) => snippetsIn(read(document)).length).length > 8);
});

test("the documents' code compiles", () => {
  assert.equal(compileAll(Object.fromEntries(snippets().map(({ file, code }) => [file, code]))).complaint, "");
});

test("JavaScript that does not parse is refused", () => {
  assert.equal(compile("right.js", "const a = await import('no-such-package');\nvoid a;\n"), "");
  assert.match(compile("wrong.js", "const a = ;\n"), /wrong\.js\(\d+,\d+\): error TS1/);
});

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

const STREAMING = `${SEALING}declare const stream: ReadableStream<Uint8Array>;\ndeclare const chunks: AsyncIterable<Uint8Array>;\n`;

test("streams of a declared length compile", () => {
  const use = '{ key: "a", presign, keyring, contentLength: 5, multipart: { concurrency: 2 } }';
  assert.equal(compile("stream.ts", `${STREAMING}await putObject(stream, ${use});\nawait putObject(chunks, ${use});\nawait putObject(file, ${use});\n`), "");
});

for (const [what, use] of Object.entries({
  "without a length": '{ key: "a", presign, keyring }',
  "with checkpoints": '{ key: "a", presign, keyring, contentLength: 5, onCheckpoint() {} }',
})) {
  test(`no stream: ${what}`, () => {
    assert.match(compile("wrong.ts", `${STREAMING}await putObject(stream, ${use});\n`), /wrong\.ts\(\d+,\d+\): error TS2/);
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

test("blocks are found with their languages, and one that does not end is refused", () => {
  assert.throws(() => blocksIn("```ts\nlet a;\n"), /no end/);
  const text = "a\n```ts\nlet a = 1;\n```\nb\n```\nc\n```\n```js\nd;\n```\n";
  assert.deepEqual(blocksIn(text).map(({ language, line }) => [language, line]), [["ts", 3], ["", 7], ["js", 10]]);
  assert.deepEqual(snippetsIn(text).map(({ code }) => code), ["let a = 1;\n", "d;\n"]);
});
