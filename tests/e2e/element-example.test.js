// examples/form, run as its README says: a form becomes an encrypted one, and who has the private key opens what it brings.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CreateBucketCommand, PutBucketCorsCommand, S3Client } from "@aws-sdk/client-s3";
import { startBrowser } from "./support/browser.js";
import { withCanary } from "./support/content.js";
import { handIn } from "./support/hand-in.js";
import { corsRules } from "./support/readme.js";
import { browser as name, server } from "./support/settings.js";

const EXAMPLE = new URL("../../examples/form/", import.meta.url);

let folder;
let example;
let origin;
let environment;
before(async () => {
  const { s3, accessKey, secretKey } = server();
  const Bucket = `form-${name}`;
  environment = { ...process.env, BUCKET: Bucket, AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_ENDPOINT_URL_S3: s3, PORT: "0" };
  folder = await mkdtemp(join(tmpdir(), "presealed-form-"));
  await cp(EXAMPLE, folder, { recursive: true });
  await mkdir(join(folder, "node_modules"));
  const installed = { presealed: new URL("../../pkg/", import.meta.url), aws4fetch: new URL("node_modules/aws4fetch/", import.meta.url) };
  // Copied: of a link, Node would follow the package to where it lies, and find no aws4fetch beside it.
  await cp(installed.presealed, join(folder, "node_modules/presealed"), { recursive: true });
  await symlink(fileURLToPath(installed.aws4fetch), join(folder, "node_modules/aws4fetch"));
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } });
  await writeFile(join(folder, "public.pem"), pair.publicKey);
  await writeFile(join(folder, "private.pem"), pair.privateKey);
  example = spawn(process.execPath, ["server.js"], { cwd: folder, env: environment, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(example.stdout, "data");
  origin = String(line).trim();
  const client = new S3Client({ endpoint: s3, region: "us-east-1", credentials: { accessKeyId: accessKey, secretAccessKey: secretKey }, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: corsRules(origin) } }));
});
after(async () => {
  example?.kill();
  await rm(folder, { recursive: true, force: true });
});

test("the form brings a key, and the private key opens what it leads to", async () => {
  const { bytes } = withCanary(300_000);
  await writeFile(join(folder, "cv.txt"), bytes);
  const browser = await startBrowser();
  const { driver } = browser;
  try {
    const key = await handIn(driver, origin, join(folder, "cv.txt"));
    await promisify(execFile)(process.execPath, ["open.js", key, "opened.txt"], { cwd: folder, env: environment });
    assert.ok((await readFile(join(folder, "opened.txt"))).equals(bytes));
    // Nobody gets a URL to read by.
    const asked = await fetch(`${origin}/presign`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ operation: "GetObject", key }) });
    assert.equal(asked.status, 403);
    assert.deepEqual(await browser.complaints(), []);
  } finally {
    await browser.stop();
  }
});
