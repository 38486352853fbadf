// The declarations of the built package against what people write: the README's snippets, and uses that must not compile.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

const here = import.meta.dirname;
const scratch = mkdtempSync(join(here, "snippet-"));
after(() => rmSync(scratch, { recursive: true }));

/** What `tsc` says of a module; empty when it compiles. */
function check(name, source) {
  const file = join(scratch, `${name}.ts`);
  writeFileSync(file, source);
  const config = join(scratch, `${name}.json`);
  writeFileSync(config, JSON.stringify({ extends: "../tsconfig.json", files: [file] }));
  try {
    execFileSync(join(here, "node_modules/.bin/tsc"), ["--project", config], { encoding: "utf8" });
    return "";
  } catch (error) {
    return error.stdout;
  }
}

const readme = readFileSync(join(here, "../../README.md"), "utf8");
const snippets = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);

test("the README has TypeScript snippets", () => assert.ok(snippets.length >= 2, `${snippets.length} found`));

for (const [index, snippet] of snippets.entries()) {
  test(`the README's snippet ${index + 1} compiles`, () => assert.equal(check(`readme-${index}`, snippet), ""));
}

const head = `
import { PassphraseKeyring, RawAesKeyring, getObject, isPresealedError, putObject } from "presealed";
import type { ErrorCode, Presign } from "presealed";
declare const presign: Presign;
declare const keyring: PassphraseKeyring;
declare const blob: Blob;
`;

for (const [what, use] of Object.entries({
  "a keyring": `await putObject(blob, { key: "k", keyring, presign });`,
  "server-side encryption alone, by name": `
    await putObject(blob, { key: "k", presign, clientSideEncryption: "none", serverSideEncryption: { mode: "SSE-S3" } });`,
  "an SSE-C key on reading": `
    await getObject({ key: "k", presign, keyring, serverSideEncryption: { mode: "SSE-C", key: new Uint8Array(32) } });`,
  "a code in a switch": `
    try {} catch (error) { if (isPresealedError(error)) { const code: ErrorCode = error.code; console.log(code); } }`,
})) {
  test(`takes ${what}`, () => assert.equal(check(what.replace(/\W+/g, "-"), head + use), ""));
}

for (const [what, use] of Object.entries({
  "no keyring": `await putObject(blob, { key: "k", presign });`,
  "no client-side encryption without a server-side mode": `
    await putObject(blob, { key: "k", presign, clientSideEncryption: "none" });`,
  "an unknown policy": `await getObject({ key: "k", presign, keyring, commitmentPolicy: "none" });`,
  "a string for a raw key": `RawAesKeyring.fromKey("secret");`,
  "a code that does not exist": `const code: ErrorCode = "no-such-code";`,
})) {
  test(`refuses ${what}`, () => assert.match(check(what.replace(/\W+/g, "-"), head + use), /error TS2\d{3}/));
}
