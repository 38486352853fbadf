// Runs the matrix against every official client that `cargo xtask interop` found: `--json FILE` keeps all rows.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { server } from "../e2e/support/settings.js";
import { Store } from "../e2e/support/store.js";
import { Driver } from "./driver.js";
import { MAPS, SIZES, contents, keys } from "./materials.js";
import { Matrix } from "./matrix.js";
import { Report } from "./report.js";

const { values: { json } } = parseArgs({ options: { json: { type: "string" } } });
/** @type {{ name: string, command?: string[], missing?: string }[]} */
const official = JSON.parse(process.env.PRESEALED_INTEROP_CLIENTS);
const target = { ...server(), kms: new URL(process.env.PRESEALED_KMS).origin };
const store = new Store(target);
const { bucket, kmsKeyId } = await store.config();
const ownDriver = (name) => [process.execPath, fileURLToPath(new URL(`presealed/${name}.js`, import.meta.url))];

/** Stores the object again, one bit of its content turned. */
async function tamper(key) {
  const bytes = await store.bytes(key);
  bytes[bytes.length >> 1] ^= 1;
  const { headers: stored } = await store.head(key);
  const headers = Object.fromEntries([...stored].filter(([name]) => name.startsWith("x-amz-meta-")));
  const url = await store.presign({ operation: "PutObject", key, contentLength: bytes.length, headers });
  const response = await fetch(url, { method: "PUT", headers, body: bytes });
  if (!response.ok) throw new Error(`PUT ${key}: ${response.status} ${await response.text()}`);
}

const environment = {
  S3_ENDPOINT: target.s3, KMS_ENDPOINT: target.kms, AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: target.accessKey, AWS_SECRET_ACCESS_KEY: target.secretKey, AWS_EC2_METADATA_DISABLED: "true",
};
const directory = await mkdtemp(join(tmpdir(), "presealed-interop-"));
const report = new Report();
const drivers = [];

async function start(client) {
  const driver = await Driver.start(client, environment);
  drivers.push(driver);
  report.clients.push({ name: client.name, client: driver.client });
  console.log(`${client.name}: ${driver.client}`);
  return driver;
}

/** Where a client puts plaintext, and what is there afterwards. */
async function output(read) {
  const path = join(directory, "output");
  await rm(path, { force: true });
  const answer = await read(path);
  return { answer, bytes: await readFile(path).catch(() => null) };
}

try {
  const ours = [];
  for (const name of ["node", "node-client", "chromium"]) ours.push(Object.assign(await start({ name, command: ownDriver(name) }), { isOurs: true }));
  const world = { store, tamper, output, report, bucket, sizes: SIZES, maps: MAPS, contents: await contents(directory), keys: await keys(target, kmsKeyId) };
  const matrix = new Matrix(world);
  for (const client of official) {
    if (client.missing) {
      report.add({ writer: client.name, reader: client.name, combination: "all", check: "all", outcome: "skipped", why: client.missing });
      continue;
    }
    const theirs = await start(client);
    await matrix.run(theirs, ours);
    await theirs.stop();
  }
} finally {
  await Promise.all(drivers.map((driver) => driver.stop()));
  await rm(directory, { recursive: true, force: true });
}

console.log(`\n${report.table()}\n`);
if (json) await writeFile(json, report.json());
console.log(report.summary());
process.exitCode = report.count("failed") > 0 || report.count("passed") === 0 ? 1 : 0;
