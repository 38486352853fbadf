// SeaweedFS with OpenBao behind it for SSE-KMS, both on loopback, with a bucket that the page may use.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { corsRules } from "../support/readme.js";

const BIN = process.env.PRESEALED_INDEPENDENT_BIN;
export const BUCKET = "presealed";
export const KMS_KEY = "documents";

export async function startStore(parent) {
  // Never one that was used before: SeaweedFS keeps the ports of the last run in it.
  const dataDir = await mkdtemp(join(parent, "store-"));
  const credentials = { accessKeyId: "INDEPENDENT", secretAccessKey: randomBytes(20).toString("hex") };
  const token = randomBytes(16).toString("hex");
  const [bao, s3, master, volume, filer, admin] = await freePorts(6);
  const children = [];
  const run = (program, args) => {
    const child = spawn(join(BIN, program), args, { stdio: "ignore", env: { ...process.env, HOME: dataDir } });
    children.push(child);
  };
  const stop = () => children.forEach((child) => child.kill("SIGKILL"));
  try {
    run("bao", ["server", "-dev", `-dev-listen-address=127.0.0.1:${bao}`, `-dev-root-token-id=${token}`, "-dev-no-store-token"]);
    const vault = (path, body) => fetch(`http://127.0.0.1:${bao}/v1/${path}`, {
      method: "POST", headers: { "x-vault-token": token }, body: JSON.stringify(body),
    });
    await until(async () => (await fetch(`http://127.0.0.1:${bao}/v1/sys/health`)).ok, "OpenBao");
    await expectOk(vault("sys/mounts/transit", { type: "transit" }));
    // Derived keys bind the encryption context.
    await expectOk(vault(`transit/keys/${KMS_KEY}`, { type: "aes256-gcm96", derived: true }));
    const config = join(dataDir, "s3.json");
    await writeFile(config, JSON.stringify(settings(credentials, `http://127.0.0.1:${bao}`, token)), { mode: 0o600 });
    run("weed", [
      "mini", `-dir=${dataDir}`, "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-admin.ui=false", "-webdav=false",
      `-master.port=${master}`, `-volume.port=${volume}`, `-filer.port=${filer}`, `-admin.port=${admin}`,
      `-s3.port=${s3}`, "-s3.port.iceberg=0", "-s3.port.lance=0", `-s3.config=${config}`,
    ]);
    const endpoint = `http://127.0.0.1:${s3}`;
    const client = new AwsClient({ ...credentials, service: "s3", region: "us-east-1", retries: 0 });
    await until(async () => (await client.fetch(`${endpoint}/${BUCKET}`, { method: "PUT" })).ok, "SeaweedFS");
    return { endpoint, credentials, dataDir, stop, allow: (origin) => allow(client, endpoint, origin) };
  } catch (error) {
    stop();
    throw error;
  }
}

const settings = ({ accessKeyId, secretAccessKey }, address, token) => ({
  identities: [{ name: "tests", credentials: [{ accessKey: accessKeyId, secretKey: secretAccessKey }], actions: ["Admin"] }],
  kms: { default_provider: "openbao", providers: { openbao: { type: "openbao", address, token, transit_path: "transit" } } },
});

/** The README's CORS rule. */
async function allow(client, endpoint, origin) {
  const elements = (name, values) => values.map((value) => `<${name}>${value}</${name}>`).join("");
  const rules = corsRules(origin).map((rule) => elements("CORSRule", [
    Object.entries(rule).map(([name, values]) => elements(name.replace(/(Origin|Method|Header)s$/, "$1"), [values].flat())).join(""),
  ]));
  const body = elements("CORSConfiguration", [rules.join("")]);
  await expectOk(client.fetch(`${endpoint}/${BUCKET}?cors`, { method: "PUT", body }));
}

async function expectOk(request) {
  const response = await request;
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
}

async function until(ready, what) {
  const end = Date.now() + 30_000;
  for (let last; ;) {
    try {
      if (await ready()) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what} did not start`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Each with two neighbours: OpenBao has a second listener at the next port, SeaweedFS at the port plus 10000. */
async function freePorts(count) {
  const ports = [];
  for (let port = 20_000 + (process.pid * 8) % 20_000; ports.length < count; port += 2) {
    if ((await free(port)) && (await free(port + 1)) && (await free(port + 10_000))) ports.push(port);
  }
  return ports;
}

const free = (port) => new Promise((resolve) => {
  const server = createServer().once("error", () => resolve(false));
  server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
});
