// `presealed/node` where Node finds the AWS SDK beside it.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export { KMS, KMSClient } from "@aws-sdk/client-kms";
export { S3Client } from "@aws-sdk/client-s3";

const { PRESEALED_PKG = fileURLToPath(new URL("../../../pkg", import.meta.url)) } = process.env;

/** A copy of the package; `remove` it in the end. */
export async function installed() {
  const copy = fileURLToPath(new URL(`../node_modules/presealed-node-${process.pid}`, import.meta.url));
  mkdirSync(copy);
  for (const name of ["package.json", "node", "inline.js", "inlined.js"]) cpSync(join(PRESEALED_PKG, name), join(copy, name), { recursive: true });
  const { S3EncryptionClient } = await import(join(copy, "node/index.js"));
  const presealed = await import(join(copy, "inline.js"));
  return { copy, presealed, S3EncryptionClient, remove: () => rmSync(copy, { recursive: true, force: true }) };
}
