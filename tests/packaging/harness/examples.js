// What a user brings to an example: a bucket with the README's CORS rule, credentials, a file.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { handIn } from "../../e2e/support/hand-in.js";
import { corsRules } from "../../e2e/support/readme.js";
import { server } from "../../e2e/support/settings.js";

/** That of the tests of the README's signer. */
const { CreateBucketCommand, HeadObjectCommand, PutBucketCorsCommand, S3Client } = createRequire(new URL("../../e2e/", import.meta.url))("@aws-sdk/client-s3");

const BUCKET = "examples";
const PASSPHRASE = "correct horse battery staple";
const FILES = { "small.bin": 100_000, "large.bin": 40 * 1024 * 1024 };
const TAG = 16;
/** The package's default for larger files: 8 MiB each. */
const LARGE_PARTS = 6;
const LIMIT_MS = 60_000;

/** As the README of the examples names them. */
export const environment = () => {
  const { s3, accessKey, secretKey } = server();
  return {
    BUCKET, PASSPHRASE, PORT: "0", AWS_ENDPOINT_URL_S3: s3, AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey,
  };
};

function client() {
  const { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment();
  return new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });
}

async function bucketFor(page) {
  await client().send(new CreateBucketCommand({ Bucket: BUCKET })).catch((error) => { if (!/BucketAlready/.test(error.name)) throw error; });
  if (page) await client().send(new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration: { CORSRules: corsRules(page) } }));
}

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Puts a file into the project. */
async function file(project, name) {
  const content = randomBytes(FILES[name]);
  const path = join(project.folder, name);
  await writeFile(path, content);
  return { content, path };
}

/** Whether the store has it, as ciphertext, and in parts if it is large. */
async function assertStored(key, size) {
  const { ContentLength, ETag, Metadata } = await client().send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
  assert.equal(ContentLength, size + TAG);
  assert.ok(Metadata["x-amz-3"], "there is no wrapped key");
  assert.equal(/-(\d+)"$/.exec(ETag)?.[1], size > 32 * 1024 * 1024 ? String(LARGE_PARTS) : undefined);
}

/** A person stores a file in the example's page, and downloads it. */
export const inPage = (script) => async (project, { driver }) => {
  const { origin } = new URL(await project.serve(script));
  await bucketFor(origin);
  for (const name of Object.keys(FILES)) {
    const { content, path } = await file(project, name);
    await driver.get(`${origin}/`);
    const element = (css) => driver.wait(() => driver.findElements({ css }).then(([first]) => first), LIMIT_MS, `there is no ${css}`);
    await element("form");
    // What a framework renders is of use once its script has run.
    await driver.wait(() => driver.executeScript("return document.readyState === 'complete'"), LIMIT_MS);
    await project.settled?.(driver);
    await (await element("[type=file]")).sendKeys(path);
    await (await element("[type=password]")).sendKeys(PASSPHRASE);
    await (await element("form button")).click();
    const said = () => driver.executeScript("return document.querySelector('output').textContent");
    const link = await element("output a").catch(async () => assert.fail(`${name}: ${await said()}`));
    const hash = `const [{ href }, done] = arguments;
      fetch(href).then((answer) => answer.arrayBuffer()).then((bytes) => crypto.subtle.digest("SHA-256", bytes)).then((sum) => done([...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("")))`;
    assert.equal(await driver.executeAsyncScript(hash, link), digest(content), name);
    await assertStored(await link.getText(), content.length);
  }
};

/** A person stores a file by a command. */
export async function byCommand(project) {
  await bucketFor();
  for (const name of Object.keys(FILES)) {
    const { content, path } = await file(project, name);
    const printed = await project.script("start", path);
    const [, key, size] = /^(\S+): (\d+) bytes$/m.exec(printed) ?? assert.fail(printed);
    assert.equal(Number(size), content.length);
    await assertStored(key, content.length);
  }
}

/** A person hands in a file by the form, and who has the private key opens it. */
export async function handedIn(project, { driver }) {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } });
  await project.write("public.pem", pair.publicKey);
  await project.write("private.pem", pair.privateKey);
  const { origin } = new URL(await project.serve("start"));
  await bucketFor(origin);
  for (const name of Object.keys(FILES)) {
    const { content, path } = await file(project, name);
    const key = await handIn(driver, origin, path);
    await assertStored(key, content.length);
    await project.script("open", key, "opened");
    assert.equal(digest(await readFile(join(project.folder, "opened"))), digest(content), name);
  }
}
