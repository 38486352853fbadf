// `presealed/node` as programs have it: bundled, and as the document's program.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { newName } from "./support/content.js";
import { installed } from "./support/node-client.js";
import { blockOf } from "./support/readme.js";
import { browser, server } from "./support/settings.js";

// No browser is in it: once is enough.
const skip = browser === "chromium" ? false : "tested beside Chromium";
const directory = mkdtempSync(join(tmpdir(), "presealed-node-programs-"));
let Bucket, config, copy, kmsKeyId, remove;

before(async () => {
  if (skip) return;
  const { page, s3: endpoint, accessKey: accessKeyId, secretKey: secretAccessKey } = server();
  ({ copy, remove } = await installed());
  ({ bucket: Bucket, kmsKeyId } = await (await fetch(`${page}/config.json`)).json());
  config = { endpoint, region: "us-east-1", forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } };
});
after(() => {
  remove?.();
  rmSync(directory, { recursive: true, force: true });
});

for (const format of ["esm", "cjs"]) {
  test(`bundled as a Lambda is, as ${format}, it works without the package beside it`, { skip }, async () => {
    const path = join(copy, `handler-${format}.mjs`);
    writeFileSync(path, `
      import { S3Client } from "@aws-sdk/client-s3";
      import { RawAesKeyring } from "./inline.js";
      import { S3EncryptionClient } from "./node/index.js";
      const s3 = new S3EncryptionClient({ client: new S3Client(${JSON.stringify(config)}), keyring: RawAesKeyring.fromKey(new Uint8Array(32)) });
      export async function handler(at) {
        await s3.putObject({ ...at, Body: "from a Lambda" });
        return (await s3.getObject(at)).Body.transformToString();
      }
    `);
    const outfile = join(directory, `handler-${format}.${format === "esm" ? "mjs" : "cjs"}`);
    // The SDK's own CommonJS cannot be in a module.
    const mainFields = format === "esm" ? ["module", "main"] : undefined;
    await build({ entryPoints: [path], mainFields, bundle: true, platform: "node", target: "node20", format, minify: true, outfile, logLevel: "error" });
    const { handler } = await import(outfile);
    assert.equal(await handler({ Bucket, Key: newName("lambda") }), "from a Lambda");
  });
}

test("the document's program runs as it is copied", { skip }, async () => {
  const code = await blockOf("docs/node.md", "js", "S3EncryptionClient");
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: config.endpoint, AWS_ENDPOINT_URL_KMS: process.env.PRESEALED_KMS, AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: config.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: config.credentials.secretAccessKey,
  });
  const path = join(copy, "program.mjs");
  const own = code.replaceAll('"presealed/node"', '"./node/index.js"').replaceAll('"your-bucket"', JSON.stringify(Bucket))
    .replaceAll('"alias/your-key"', JSON.stringify(kmsKeyId))
    .replace("new S3Client({})", "new S3Client({ forcePathStyle: true })");
  writeFileSync(path, own);
  const report = join(directory, "report.pdf");
  writeFileSync(report, "a report");
  process.chdir(directory);
  await import(path);
  assert.equal(readFileSync(join(directory, "copy.pdf"), "utf8"), "a report");
});
