// `presealed/node` against the AWS SDK without encryption: a file up and down, in turns, each in a process of its own, whose peak is its memory.
// To a store at PRESEALED_S3, which may be behind a slower link: node node.js --mib 4096 --rounds 3 --only up
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const { values } = parseArgs({ options: { mib: { type: "string", default: "4096" }, rounds: { type: "string", default: "3" }, json: { type: "string" }, only: { type: "string", multiple: true }, child: { type: "string" } } });
const MIB = 1024 ** 2;
const BYTES = Number(values.mib) * MIB;
const { PRESEALED_ACCESS_KEY, PRESEALED_SECRET_KEY, PRESEALED_S3, PRESEALED_PKG = fileURLToPath(new URL("../../pkg", import.meta.url)) } = process.env;
const Bucket = "presealed-demo";
const WAYS = ["up, plain", "up, encrypted", "down, plain", "down, verified first", "down, delayed"].filter((way) => (values.only ?? [way]).some((word) => way.startsWith(word)));

async function run(way, { path, copy, spool }) {
  const { S3Client, GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { createReadStream } = await import("node:fs");
  const { pipeline } = await import("node:stream/promises");
  const credentials = { accessKeyId: PRESEALED_ACCESS_KEY, secretAccessKey: PRESEALED_SECRET_KEY };
  const client = new S3Client({ endpoint: PRESEALED_S3, region: "us-east-1", forcePathStyle: true, credentials });
  const isPlain = way.endsWith("plain");
  const object = { Bucket, Key: `bench-node/${isPlain ? "plain" : "encrypted"}` };
  const { Upload } = isPlain ? await import("@aws-sdk/lib-storage") : {};
  let encrypting;
  if (!isPlain) {
    const { S3EncryptionClient } = await import(join(copy, "node/index.js"));
    const { RawAesKeyring } = await import(join(copy, "inline.js"));
    encrypting = new S3EncryptionClient({ client, keyring: RawAesKeyring.fromKey(new Uint8Array(32).fill(7)), spool: { directory: spool } });
  }
  const start = performance.now();
  if (way.startsWith("up")) {
    const Body = createReadStream(path);
    await (isPlain ? new Upload({ client, params: { ...object, Body } }).done() : encrypting.putObject({ ...object, Body }));
  } else {
    const { Body } = await (isPlain ? client.send(new GetObjectCommand(object)) : encrypting.getObject(object, { enableDelayedAuthenticationMode: way.endsWith("delayed") }));
    let bytes = 0;
    await pipeline(Body, async (chunks) => { for await (const chunk of chunks) bytes += chunk.length; });
    if (bytes !== BYTES) throw new Error(`${way}: ${bytes} bytes`);
  }
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return { seconds: (performance.now() - start) / 1000, peakMib: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
}

async function file(path) {
  const handle = await open(path, "w");
  const piece = crypto.getRandomValues(new Uint8Array(65_536));
  const whole = Buffer.concat(Array.from({ length: 16 }, () => piece));
  for (let at = 0; at < BYTES; at += MIB) {
    whole.writeUInt32LE(at / MIB);
    await handle.writeFile(whole);
  }
  await handle.close();
}

if (values.child) {
  process.stdout.write(JSON.stringify(await run(values.child, JSON.parse(process.env.PRESEALED_BENCH_NODE))));
} else {
  const scratch = await mkdtemp(join(process.env.TMPDIR ?? "/tmp", "bench-node-"));
  // Beside it Node finds the SDK.
  const copy = fileURLToPath(new URL(`node_modules/presealed-node-${process.pid}`, import.meta.url));
  const places = { path: join(scratch, "content"), copy, spool: scratch };
  const runs = Object.fromEntries(WAYS.map((way) => [way, []]));
  try {
    await mkdir(copy);
    for (const name of ["package.json", "node", "inline.js", "inlined.js"]) await cp(join(PRESEALED_PKG, name), join(copy, name), { recursive: true });
    await file(places.path);
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const way of WAYS) {
        const options = { env: { ...process.env, NODE_NO_WARNINGS: "1", PRESEALED_BENCH_NODE: JSON.stringify(places) } };
        const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), "--mib", values.mib, "--child", way], options);
        runs[way].push(JSON.parse(stdout));
        const { seconds, peakMib, cpuSeconds } = runs[way].at(-1);
        console.log(`${way.padEnd(22)} ${seconds.toFixed(1).padStart(7)} s ${(BYTES / MIB / seconds).toFixed(0).padStart(5)} MiB/s, peak ${peakMib.toFixed(0)} MiB, processor ${cpuSeconds.toFixed(1)} s`);
      }
    }
  } finally {
    for (const path of [copy, scratch]) await rm(path, { recursive: true, force: true });
  }
  const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
  const seconds = (way) => median(runs[way].map((each) => each.seconds));
  for (const way of WAYS.filter((each) => !each.endsWith("plain"))) {
    console.log(`${way}: ${(seconds(`${way.split(",")[0]}, plain`) / seconds(way)).toFixed(2)} of the plain speed`);
  }
  if (values.json) await writeFile(values.json, JSON.stringify({ bytes: BYTES, node: process.version, runs }, null, 1));
}
