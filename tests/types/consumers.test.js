// Whoever imports the package by its name, with either compiler and the usual settings, under the strictest of them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const pkg = process.env.PRESEALED_PKG ?? join(here, "../../pkg");
const COMPILERS = { "TypeScript 5.9": "typescript-5", "TypeScript 7": "typescript" };
const MODULES = [{ module: "ESNext", moduleResolution: "bundler" }, { module: "Node16", moduleResolution: "node16" }, { module: "NodeNext", moduleResolution: "nodenext" }];
const PLATFORMS = {
  "a browser": { lib: ["ES2022", "DOM"], types: [] },
  "a browser of tomorrow": { lib: ["ESNext", "DOM"], types: [] },
  Node: { lib: ["ES2022"], types: ["node"] },
  "Node beside a browser": { lib: ["ES2022", "DOM", "DOM.Iterable"], types: ["node"] },
};
const ANYWHERE = `
import init, { encrypt, initSync, putObject, RawAesKeyring, type EncryptedObject, type Presign } from "presealed";
import { inWorker } from "presealed/in-worker";
import * as inline from "presealed/inline";
import { inWorker as inlineInWorker } from "presealed/inline/in-worker";

export async function store(content: Uint8Array, presign: Presign) {
  await init();
  await init(new URL("https://example.com/presealed_bg.wasm"));
  initSync({ module: new Uint8Array() });
  using keyring = RawAesKeyring.fromKey(new Uint8Array(32));
  const { body } = await encrypt(content, { keyring });
  const bytes: number = body.size;
  const { eTag } = await putObject(content, { key: "a", keyring, presign });
  const tag: string | undefined = eTag;
  return [bytes, tag, inWorker().putObject, inline.putObject, inlineInWorker().putObject];
}
export const read = (object: EncryptedObject): Promise<Blob> => object.blob();
// @ts-expect-error a misspelt option
export const wrong = (content: Blob, presign: Presign) => putObject(content, { key: "a", presign, keyrings: [] });
`;
const WITH_DOM = `
import { RawRsaKeyring, type EncryptedObject } from "presealed";
export const save = (object: EncryptedObject, file: FileSystemFileHandle) => object.saveTo(file);
export const keyring = (publicKey: JsonWebKey) => RawRsaKeyring.fromKeys({ publicKey });
import { type PresealedUpload } from "presealed/element";
import "presealed/inline/element";
export const upload: PresealedUpload = document.createElement("presealed-upload");
upload.options = { multipart: { partSize: 5 * 1024 * 1024 }, contentType: "text/plain" };
upload.addEventListener("presealed-done", ({ detail }) => { const key: string = detail.key; upload.title = key; });
// @ts-expect-error a key is the element's to give
upload.options = { key: "a" };
`;

let scratch;
before(() => {
  scratch = mkdtempSync(join(here, "node_modules/.consumers-"));
  mkdirSync(join(scratch, "node_modules/@types"), { recursive: true });
  symlinkSync(pkg, join(scratch, "node_modules/presealed"));
  symlinkSync(join(here, "node_modules/@types/node"), join(scratch, "node_modules/@types/node"));
});
after(() => rmSync(scratch, { recursive: true, force: true }));

/** @returns what the compiler says; empty if it has no complaint */
async function compile(compiler, name, platform, resolution) {
  const project = join(scratch, name, "tsconfig.json");
  mkdirSync(dirname(project), { recursive: true });
  const hasDom = platform.lib.includes("DOM");
  const files = ["anywhere.ts", ...(hasDom ? ["dom.ts"] : [])];
  // The target of `using` needs its own library, which not everybody has: here it is written as it was before.
  const text = platform.lib[0] === "ESNext" ? ANYWHERE : ANYWHERE.replace("using keyring", "const keyring");
  writeFileSync(join(dirname(project), "anywhere.ts"), text);
  writeFileSync(join(dirname(project), "dom.ts"), WITH_DOM);
  writeFileSync(join(dirname(project), "package.json"), '{ "type": "module" }');
  const compilerOptions = {
    target: "ES2022", noEmit: true, strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, ...platform, ...resolution,
  };
  writeFileSync(project, JSON.stringify({ compilerOptions, files }));
  const tsc = join(here, "node_modules", compiler, "bin/tsc");
  return promisify(execFile)(process.execPath, [tsc, "--project", project, "--pretty", "false"]).then(() => "", (error) => error.stdout || String(error));
}

for (const [name, compiler] of Object.entries(COMPILERS)) {
  for (const [where, platform] of Object.entries(PLATFORMS)) {
    test(`${name}, for ${where}`, async () => {
      const said = await Promise.all(MODULES.map((resolution) => compile(compiler, `${compiler}-${where}-${resolution.module}`.replaceAll(" ", "-"), platform, resolution)));
      assert.deepEqual(said, MODULES.map(() => ""));
    });
  }
}
