// `presealed/node` over the AWS SDK's client, against a store that checks signatures: round trips of each way, faults, and what is left behind.
import assert from "node:assert/strict";
import { createReadStream, mkdtempSync, openAsBlob, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, afterEach, before, test } from "node:test";
import {
  CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListMultipartUploadsCommand, PutObjectCommand,
} from "@aws-sdk/client-s3";
import { MIB, newKey, newName, sha256, withCanary } from "./support/content.js";
import { KMS, KMSClient, S3Client, installed } from "./support/node-client.js";
import { browser, server } from "./support/settings.js";

// No browser is in it: once is enough.
const skip = browser === "chromium" ? false : "tested beside Chromium";
const PART = 5 * MIB;
const IN_PARTS = { multipart: { threshold: 0, partSize: PART } };
const HELD = 8 * MIB;

const directory = mkdtempSync(join(tmpdir(), "presealed-node-client-"));
let Bucket, S3EncryptionClient, client, keyring, kms, kmsKeyId, plain, presealed, remove, s3;

before(async () => {
  if (skip) return;
  const { page, s3: endpoint, accessKey, secretKey } = server();
  ({ presealed, remove, S3EncryptionClient } = await installed());
  ({ bucket: Bucket, kmsKeyId } = await (await fetch(`${page}/config.json`)).json());
  s3 = { endpoint, region: "us-east-1", forcePathStyle: true, credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } };
  plain = new S3Client(s3);
  kms = new KMS({ endpoint: new URL(process.env.PRESEALED_KMS).origin, region: "us-east-1", credentials: s3.credentials });
  // At once: importing the client has started the module.
  keyring = presealed.RawAesKeyring.fromKey(newKey());
  client = clientOf({ keyring });
});
after(() => {
  remove?.();
  rmSync(directory, { recursive: true, force: true });
});
const warnings = [];
process.on("warning", ({ message }) => warnings.push(message));
afterEach(async () => {
  if (skip) return;
  assert.deepEqual(warnings.filter((message) => message.includes("garbage collection")), [], "a file was left to the collector");
  assert.deepEqual(await openFiles(), [], "a spool is open");
  assert.deepEqual(readdirSync(directory).filter((name) => name.startsWith("presealed-")), [], "a spool has a name");
});

const clientOf = (more) => new S3EncryptionClient({ client: plain, spool: { directory }, ...more });
const object = (about = "node") => ({ Bucket, Key: `node client/${newName(about)} é+%2F'` });
const bytesOf = async (got) => Buffer.from(await got.Body.transformToByteArray());
const stored = (input) => plain.send(new GetObjectCommand(input));

const spools = () => readdirSync("/proc/self/fd").filter((fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory);
  } catch {
    return false;
  }
});
/** Where the system tells; closing takes a moment. */
async function openFiles() {
  if (process.platform !== "linux") return [];
  for (let turn = 0; turn < 50 && spools().length > 0; turn += 1) await new Promise((resolve) => { setTimeout(resolve, 10); });
  return spools();
}

/** A stream of which nobody knows the length, in chunks of odd sizes. */
function* pieces(bytes, size = 100_003) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("each kind of body goes up and comes back", { skip }, async () => {
  const { bytes } = withCanary(300_001);
  const path = join(directory, "content");
  writeFileSync(path, bytes);
  const web = () => new Response(bytes).body;
  const bodies = {
    "a Buffer": bytes, "a Uint8Array": new Uint8Array(bytes), "a Blob": new Blob([bytes]), "a file as a Blob": await openAsBlob(path),
    "a file's stream": createReadStream(path), "a Readable": Readable.from(pieces(bytes)), "a web stream": web(),
    "an async generator": (async function* () { yield* pieces(bytes); })(),
  };
  for (const [what, Body] of Object.entries(bodies)) {
    const at = object();
    const { ETag, Envelope } = await client.putObject({ ...at, Body });
    assert.match(ETag, /^".+"$/, what);
    assert.equal(Envelope.format, "V3");
    const got = await client.getObject(at);
    assert.equal(got.ContentLength, bytes.length, what);
    assert.ok((await bytesOf(got)).equals(bytes), what);
  }
  for (const Body of ["grüße", Readable.from(["grü", "ße"]), createReadStream(path, { start: 7, end: 12 })]) {
    const at = object();
    await client.putObject({ ...at, Body });
    const expected = Body instanceof Readable && Body.path ? bytes.subarray(7, 13) : Buffer.from("grüße");
    assert.deepEqual(await bytesOf(await client.getObject(at)), expected);
  }
  const empty = object();
  await client.putObject(empty);
  assert.equal(await (await client.getObject(empty)).Body.transformToString(), "");
  const known = object();
  await client.putObject({ ...known, Body: web(), ContentLength: bytes.length });
  const through = (await client.getObject(known)).Body.transformToWebStream();
  assert.ok(Buffer.from(await new Response(through).arrayBuffer()).equals(bytes));
});

for (const size of [0, 1, PART - 17, PART - 16, PART - 15, PART, PART + 1, HELD - 1, HELD, HELD + 1, 3 * PART + 5]) {
  test(`a stream of ${size} bytes, whose length nobody has said, goes up in parts and comes back`, { skip }, async () => {
    const { bytes } = size < 100 ? { bytes: Buffer.alloc(size, 7) } : withCanary(size);
    const at = object();
    await client.putObject({ ...at, Body: Readable.from(pieces(bytes)) }, IN_PARTS);
    const { ContentLength, ETag } = await plain.send(new HeadObjectCommand(at));
    assert.equal(ContentLength, size + 16);
    assert.match(ETag, /-\d+"$/);
    for (const options of [{}, { enableDelayedAuthenticationMode: true }, { ranges: { concurrency: 3, rangeSize: MIB } }]) {
      assert.equal(sha256(await bytesOf(await client.getObject(at, options))), sha256(bytes));
    }
  });
}

test("what waits on disk has no name, and is not the content", { skip }, async () => {
  const { bytes, canary } = withCanary(HELD + 12_345);
  const at = object();
  await client.putObject({ ...at, Body: bytes });
  const got = await client.getObject(at);
  if (process.platform === "linux") {
    const [fd] = spools();
    const waiting = readFileSync(`/proc/self/fd/${fd}`);
    assert.equal(waiting.length, bytes.length);
    assert.ok(!waiting.includes(canary), "the content is on disk");
  }
  assert.ok((await bytesOf(got)).equals(bytes));
  // One that nobody reads.
  const other = await client.getObject(at);
  other.Body.destroy();
});

test("the spool has a limit, which is known before anything comes", { skip }, async () => {
  const at = object();
  await client.putObject({ ...at, Body: Buffer.alloc(1000) });
  const spool = { directory, limit: 999 };
  await assert.rejects(client.getObject(at, { spool }), { code: "content-too-large" });
  await assert.rejects(client.putObject({ ...object(), Body: Readable.from([Buffer.alloc(1000)]) }, { spool }), { code: "content-too-large" });
  assert.equal((await bytesOf(await client.getObject(at, { spool, enableDelayedAuthenticationMode: true }))).length, 1000);
  const nowhere = { spool: { directory: join(directory, "nowhere") } };
  await client.putObject({ ...at, Body: Buffer.alloc(HELD + 1) });
  await assert.rejects(client.getObject(at, nowhere), (error) => error.code === "write-failed" && error.cause.code === "ENOENT");
});

test("what the store keeps beside the content is signed and sent", { skip }, async () => {
  const said = { CacheControl: "max-age=7", ContentDisposition: "attachment", ContentLanguage: "de", ContentType: "text/plain", Metadata: { title: "a title" } };
  for (const options of [{}, IN_PARTS]) {
    const at = object();
    await client.putObject({ ...at, Body: "content", ServerSideEncryption: "AES256", ...said }, options);
    const head = await client.headObject(at);
    for (const name of ["CacheControl", "ContentDisposition", "ContentLanguage", "ContentType"]) assert.equal(head[name], said[name]);
    assert.equal(head.ServerSideEncryption, "AES256");
    assert.equal(head.Inspection.status, "encrypted");
    const got = await client.getObject(at);
    assert.deepEqual([got.ContentType, got.Metadata.title], ["text/plain", "a title"]);
    assert.equal(await got.Body.transformToString(), "content");
  }
});

test("the store's own encryption, by the SDK's names", { skip }, async () => {
  const key = newKey();
  const customer = { SSECustomerAlgorithm: "AES256", SSECustomerKey: key };
  const at = object();
  await client.putObject({ ...at, Body: "content", ...customer });
  await assert.rejects(client.getObject(at), { code: "http-status" });
  const got = await client.getObject({ ...at, ...customer, SSECustomerKey: key.toString("base64") });
  assert.equal(await got.Body.transformToString(), "content");
  const context = Buffer.from(JSON.stringify({ a: "b" })).toString("base64");
  await client.putObject({ ...object(), Body: "content", ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId, SSEKMSEncryptionContext: context, BucketKeyEnabled: true });
  for (const wrong of [
    { SSEKMSKeyId: kmsKeyId }, { ServerSideEncryption: "AES256", SSEKMSKeyId: kmsKeyId }, { ServerSideEncryption: "aws:kms", ...customer },
    { SSECustomerKey: key }, { ServerSideEncryption: "aws:kms", SSEKMSEncryptionContext: "{}" }, { ServerSideEncryption: "aws:new" },
  ]) await assert.rejects(client.putObject({ ...object(), Body: "content", ...wrong }), { code: "misuse" }, JSON.stringify(wrong));
});

test("what cannot be done with encrypted content is refused, and nothing is sent", { skip }, async () => {
  const at = object();
  for (const more of [
    { ContentEncoding: "gzip" }, { ContentMD5: "x" }, { ChecksumSHA256: "x" }, { ChecksumAlgorithm: "CRC32" }, { SSECustomerKeyMD5: "x" }, { IfNoneMatch: "abc" },
    { BodyLength: 7 }, { ContentLength: 3 },
  ]) await assert.rejects(client.putObject({ ...at, Body: "content", ...more }), { code: "misuse" }, JSON.stringify(more));
  await assert.rejects(plain.send(new HeadObjectCommand(at)), { name: "NotFound" });
  await client.putObject({ ...at, Body: "content" });
  for (const more of [{ Range: "bytes=0-1" }, { PartNumber: 1 }, { IfMatch: "x" }, { ResponseContentType: "x" }]) {
    await assert.rejects(client.getObject({ ...at, ...more }), { code: "misuse" }, JSON.stringify(more));
  }
  for (const options of [{ comitmentPolicy: "require-encrypt-allow-decrypt" }, { envelopeIn: "metadata" }, { newSuffix: ".a" }]) {
    await assert.rejects(client.getObject(at, options), { code: "misuse" }, JSON.stringify(options));
  }
  await assert.rejects(client.send(new CopyObjectCommand({ ...at, CopySource: "a/b" })), { code: "misuse" });
  for (const config of [{}, { client: plain }, { client: plain, keyring, kms }, { client: plain, keyring, comitmentPolicy: "" }, { client: {}, keyring }, { client: plain, keyring, kmsKeyId }]) {
    assert.throws(() => new S3EncryptionClient(config), { name: "PresealedError", code: "misuse" });
  }
  assert.throws(() => clientOf({ kms: new KMSClient({ region: "us-east-1" }), kmsKeyId }), { code: "misuse" });
});

test("the SDK's commands", { skip }, async () => {
  const at = object();
  const { ETag } = await client.send(new PutObjectCommand({ ...at, Body: "content", IfNoneMatch: "*" }));
  await assert.rejects(client.send(new PutObjectCommand({ ...at, Body: "another", IfNoneMatch: "*" })), { code: "http-status", status: 412 });
  await client.send(new PutObjectCommand({ ...at, Body: "another", IfMatch: ETag }));
  assert.equal(await (await client.send(new GetObjectCommand(at))).Body.transformToString(), "another");
  assert.equal((await client.send(new HeadObjectCommand(at))).Inspection.envelope.format, "V3");
  await client.send(new DeleteObjectCommand(at));
  await assert.rejects(client.send(new GetObjectCommand(at)), { code: "http-status", status: 404 });
});

test("what was added to the prototype of all objects is no option", { skip }, async () => {
  const at = object();
  const added = { enableDelayedAuthenticationMode: true, enableLegacyUnauthenticatedModes: true, commitmentPolicy: "forbid-encrypt-allow-decrypt" };
  Object.assign(Object.prototype, added);
  try {
    assert.equal((await client.putObject({ ...at, Body: Buffer.alloc(HELD + 1) })).Envelope.format, "V3");
    const got = await client.getObject(at);
    if (process.platform === "linux") assert.equal(spools().length, 1, "not all was verified");
    got.Body.destroy();
  } finally {
    for (const name of Object.keys(added)) delete Object.prototype[name];
  }
});

test("a keyring that is still made, and one that cannot be", { skip }, async () => {
  const broken = clientOf({ keyring: Promise.reject(new RangeError("no key")) });
  await new Promise((resolve) => { setTimeout(resolve, 10); });
  await assert.rejects(broken.putObject({ ...object(), Body: "content" }), RangeError);
});

test("a range, by its name", { skip }, async () => {
  const bytes = Buffer.from("0123456789");
  const at = object();
  await client.putObject({ ...at, Body: bytes });
  for (const [Range, text, said] of [["bytes=2-4", "234", "2-4"], ["bytes=7-", "789", "7-9"], ["bytes=-2", "89", "8-9"], ["bytes=8-99", "89", "8-9"]]) {
    const got = await client.getUnauthenticatedRange({ ...at, Range });
    assert.deepEqual([await got.Body.transformToString(), got.ContentRange, got.ContentLength], [text, `bytes ${said}/10`, text.length]);
  }
  for (const Range of [undefined, "bytes=", "bytes=-", "2-4", "bytes=1-2,4-5"]) await assert.rejects(client.getUnauthenticatedRange({ ...at, Range }), { code: "misuse" });
});

test("policies and formats", { skip }, async () => {
  const at = object();
  const old = clientOf({ keyring, commitmentPolicy: "forbid-encrypt-allow-decrypt" });
  assert.equal((await old.putObject({ ...at, Body: "content" })).Envelope.format, "V2");
  await assert.rejects(client.getObject(at), { code: "commitment-required" });
  assert.equal(await (await client.getObject(at, { commitmentPolicy: "require-encrypt-allow-decrypt" })).Body.transformToString(), "content");
});

test("KMS by the SDK's own client, with a context, and discovery", { skip }, async () => {
  const at = object();
  const EncryptionContext = { bucket: Bucket, key: at.Key };
  const byKms = clientOf({ kms, kmsKeyId });
  await byKms.putObject({ ...at, Body: "content", EncryptionContext });
  for (const reader of [byKms, clientOf({ kms })]) {
    assert.equal(await (await reader.getObject({ ...at, EncryptionContext })).Body.transformToString(), "content");
  }
  await assert.rejects(byKms.getObject({ ...at, EncryptionContext: { bucket: Bucket, key: "another" } }), { code: "encryption-context-mismatch" });
  await assert.rejects(clientOf({ kms }).putObject({ ...object(), Body: "content", EncryptionContext }), { code: "misuse" });
  const expired = new KMS({ endpoint: new URL(process.env.PRESEALED_KMS).origin, region: "us-east-1", credentials: async () => { throw new Error("expired"); } });
  await assert.rejects(clientOf({ kms: expired, kmsKeyId }).putObject({ ...object(), Body: "content" }), { code: "kms-failed" });
});

test("instruction files: written, read, re-wrapped, shared, and deleted with their object", { skip }, async () => {
  const at = object();
  const of = (year) => presealed.RawAesKeyring.fromKey(newKey(), { materialDescription: { year } });
  const [first, second] = [of("2026"), of("2027")];
  const owner = clientOf({ keyring: first, envelopeIn: "instruction-file" });
  // What is the object's own is not its file's.
  await owner.putObject({ ...at, Body: "content", CacheControl: "max-age=7", Metadata: { title: "a" } });
  const file = { ...at, Key: `${at.Key}.instruction` };
  assert.notEqual((await stored(file)).CacheControl, "max-age=7");
  const { InstructionFileKey, Envelope } = await owner.reEncryptInstructionFile(at, { newKeyring: second, enforceRotation: true });
  assert.equal(InstructionFileKey, file.Key);
  assert.deepEqual(Envelope.materialDescription, { year: "2027" });
  await assert.rejects(owner.getObject(at), { code: "unwrap-failed" });
  assert.equal(await (await owner.getObject(at, { keyring: second })).Body.transformToString(), "content");
  const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: "RSA-OAEP", hash: "SHA-1", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ["encrypt", "decrypt"]);
  const newKeyring = presealed.RawRsaKeyring.fromKeys({ publicKey }, { materialDescription: { for: "partner" } });
  await owner.reEncryptInstructionFile(at, { keyring: second, newKeyring, newSuffix: ".partner" });
  const partner = clientOf({ keyring: presealed.RawRsaKeyring.fromKeys({ privateKey }), instructionFile: { suffix: ".partner" } });
  assert.equal(await (await partner.getObject(at)).Body.transformToString(), "content");
  await owner.deleteObject(at);
  for (const gone of [at, file]) await assert.rejects(stored(gone), { name: "NoSuchKey" });
  await partner.deleteObject(at);
  await assert.rejects(stored({ ...at, Key: `${at.Key}.partner` }), { name: "NoSuchKey" });
});

test("a wrong key, a changed byte, and an object that is not encrypted give no body", { skip }, async () => {
  const at = object();
  await client.putObject({ ...at, Body: Buffer.alloc(HELD + 100, 7) });
  await assert.rejects(client.getObject(at, { keyring: presealed.RawAesKeyring.fromKey(newKey()) }), { code: "unwrap-failed" });
  const { Body, Metadata } = await stored(at);
  const bytes = Buffer.from(await Body.transformToByteArray());
  bytes[bytes.length - 30] ^= 1;
  await plain.send(new PutObjectCommand({ ...at, Body: bytes, Metadata }));
  await assert.rejects(client.getObject(at), { code: "authentication-failed" });
  await assert.rejects(client.getObject(at, { ranges: { concurrency: 2 } }), { code: "authentication-failed" });
  const delayed = await client.getObject(at, { enableDelayedAuthenticationMode: true });
  await assert.rejects(bytesOf(delayed), { code: "authentication-failed" });
  await plain.send(new PutObjectCommand({ ...at, Body: "in the clear" }));
  await assert.rejects(client.getObject(at), { code: "envelope-missing" });
});

test("credentials that the store refuses, and that nobody has, are said", { skip }, async () => {
  const refused = clientOf({ keyring, client: new S3Client({ ...s3, credentials: { ...s3.credentials, secretAccessKey: "another" } }) });
  await assert.rejects(refused.putObject({ ...object(), Body: "content" }), { code: "http-status", status: 403, serviceCode: "SignatureDoesNotMatch" });
  const none = clientOf({ keyring, client: new S3Client({ ...s3, credentials: async () => { throw new Error("the role has expired"); } }) });
  await assert.rejects(none.getObject(object()), (error) => error.code === "presign-failed" && /expired/.test(error.cause.message));
});

const uploads = async ({ Key }) => ((await plain.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).filter((each) => each.Key === Key);
/** The call has rejected already; what is left at the store goes right after. */
async function noUploads(at) {
  for (let turn = 0; turn < 100 && (await uploads(at)).length > 0; turn += 1) await new Promise((resolve) => { setTimeout(resolve, 20); });
  assert.deepEqual(await uploads(at), []);
}

test("a stream that fails, is too short or too long leaves nothing", { skip }, async () => {
  const failing = async function* () { yield Buffer.alloc(2 * PART); throw new RangeError("the tape is torn"); };
  for (const more of [{}, { ContentLength: 3 * PART }]) {
    const at = object();
    await assert.rejects(client.putObject({ ...at, Body: Readable.from(failing()), ...more }, IN_PARTS), (error) => error.code === "read-failed" && error.cause instanceof RangeError);
    await noUploads(at);
    await assert.rejects(plain.send(new HeadObjectCommand(at)), { name: "NotFound" });
  }
  const missing = () => createReadStream(join(directory, "missing"));
  for (const more of [{}, { ContentLength: 7 }]) {
    await assert.rejects(client.putObject({ ...object(), Body: missing(), ...more }), (error) => error.code === "read-failed" && error.cause.code === "ENOENT");
  }
  for (const ContentLength of [PART, 3 * PART]) {
    const [at, Body] = [object(), Readable.from(pieces(Buffer.alloc(2 * PART)))];
    await assert.rejects(client.putObject({ ...at, Body, ContentLength }, IN_PARTS), { code: "content-length-mismatch" });
    await noUploads(at);
    assert.ok(Body.destroyed);
  }
});

test("a stop ends each way with the signal's reason, and leaves nothing", { skip }, async () => {
  const reason = new RangeError("no longer");
  const endless = async function* () { for (;;) { yield Buffer.alloc(MIB); await new Promise((resolve) => { setTimeout(resolve, 1); }); } };
  const stopped = async (call, ms = 150) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), ms);
    await assert.rejects(call(controller.signal), (error) => error === reason);
  };
  for (const more of [{}, { ContentLength: 1000 * PART }]) {
    const [at, Body] = [object(), Readable.from(endless())];
    await stopped((abortSignal) => client.putObject({ ...at, Body, ...more }, { abortSignal, ...IN_PARTS }));
    assert.ok(Body.destroyed);
    await noUploads(at);
  }
  const silent = new Readable({ read() {} });
  await stopped((abortSignal) => client.putObject({ ...object(), Body: silent }, { abortSignal }));
  const at = object();
  await client.putObject({ ...at, Body: Buffer.alloc(20 * MIB) });
  let controller = new AbortController();
  const onProgress = ({ bytesDone }) => { if (bytesDone > 10 * MIB) controller.abort(reason); };
  await assert.rejects(client.getObject(at, { abortSignal: controller.signal, onProgress }), (error) => error === reason);
  controller = new AbortController();
  const delayed = await client.getObject(at, { abortSignal: controller.signal, enableDelayedAuthenticationMode: true });
  controller.abort(reason);
  await assert.rejects(bytesOf(delayed), (error) => error === reason);
  for (const call of ["putObject", "getObject", "headObject", "getUnauthenticatedRange"]) {
    await assert.rejects(client[call]({ ...at, Range: call === "getUnauthenticatedRange" ? "bytes=0-1" : undefined }, { abortSignal: AbortSignal.abort(reason) }), call);
  }
});
