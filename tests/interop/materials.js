// Throw-away keys, contents and maps that every client is given.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const { AwsClient } = createRequire(new URL("../e2e/package.json", import.meta.url))("aws4fetch");

export const SIZES = [0, 1, 16, 5 * 1024 * 1024 + 3];

/** What a client can carry beside an object, from its own description. */
export const MAPS = {
  any: { name: 'a "quoted" \\ name', "<key>&/": "<value>&/'", größe: "naïve ☃ 😀" },
  ascii: { name: 'a "quoted" \\ name', "<key>&/": "<value>&/'" },
  none: {},
};

/** @returns a file of each size, and what is in it */
export async function contents(directory) {
  const files = new Map();
  for (const size of SIZES) {
    const bytes = randomBytes(size);
    const path = join(directory, `content-${size}`);
    await writeFile(path, bytes);
    files.set(size, { path, bytes });
  }
  return files;
}

function keyrings(kmsKeyId) {
  const pem = (type) => ({ type, format: "pem" });
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048, publicKeyEncoding: pem("spki"), privateKeyEncoding: pem("pkcs8"),
  });
  return {
    aes: { type: "aes", key: randomBytes(32).toString("base64") },
    rsa: { type: "rsa", publicKey, privateKey },
    kms: { type: "kms", keyId: kmsKeyId },
  };
}

/** Keyrings that everything is written with (KMS: the one key that the page's broker uses), and others that must open nothing. */
export async function keys({ kms, accessKey, secretKey }, kmsKeyId) {
  const aws = new AwsClient({ accessKeyId: accessKey, secretAccessKey: secretKey, service: "kms", region: "us-east-1" });
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.CreateKey" };
  const response = await aws.fetch(`${kms}/`, { method: "POST", headers, body: "{}" });
  if (!response.ok) throw new Error(`CreateKey: ${response.status} ${await response.text()}`);
  const { KeyMetadata: { KeyId: another } } = await response.json();
  return { right: keyrings(kmsKeyId), wrong: keyrings(another) };
}
