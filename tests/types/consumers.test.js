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
const WITH_SDK = `
import { createReadStream } from "node:fs";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { RawAesKeyring, type KmsClient } from "presealed";
import { S3EncryptionClient } from "presealed/node";

const client = new S3Client({});
const keyring = RawAesKeyring.fromKey(new Uint8Array(32));
const at = { Bucket: "b", Key: "k" };
export const byKms = (kms: KmsClient) => new S3EncryptionClient({ client, kms, kmsKeyId: "alias/k", spool: { limit: 7 } });
export async function read(s3: S3EncryptionClient): Promise<string> {
  const { ETag } = await s3.putObject({ ...at, Body: createReadStream("x"), ContentType: "a/b", ContentLength: 7 }, { abortSignal: AbortSignal.timeout(9) });
  await s3.putObject({ ...at, Body: new Response("x").body!, IfMatch: ETag });
  await s3.reEncryptInstructionFile(at, { newKeyring: keyring, enforceRotation: true });
  const { Body, ContentLength } = await s3.send(new GetObjectCommand(at));
  for await (const chunk of Body) if (chunk.length > (ContentLength ?? 0)) Body.destroy();
  const status: string = (await s3.headObject(at)).Inspection.status;
  // @ts-expect-error a range by another name
  await s3.getObject({ ...at, Range: "bytes=0-1" });
  // @ts-expect-error it would not be true of what is stored
  await s3.putObject({ ...at, ContentEncoding: "gzip" });
  return status + await Body.transformToString();
}
// @ts-expect-error no keyring
export const wrong = () => new S3EncryptionClient({ client });
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
  const hasNode = platform.types.includes("node");
  const files = ["anywhere.ts", ...(hasDom ? ["dom.ts"] : []), ...(hasNode ? ["sdk.ts"] : [])];
  // The target of `using` needs its own library, which not everybody has: here it is written as it was before.
  const text = platform.lib[0] === "ESNext" ? ANYWHERE : ANYWHERE.replace("using keyring", "const keyring");
  writeFileSync(join(dirname(project), "anywhere.ts"), text);
  writeFileSync(join(dirname(project), "dom.ts"), WITH_DOM);
  writeFileSync(join(dirname(project), "sdk.ts"), WITH_SDK);
  writeFileSync(join(dirname(project), "package.json"), '{ "type": "module" }');
  const compilerOptions = {
    // The package finds the SDK beside itself, as it does where npm has put both.
    preserveSymlinks: true,
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
