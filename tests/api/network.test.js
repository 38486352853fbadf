// The calls over a network, by whatever this runtime sends requests with: XMLHttpRequest in pages, fetch elsewhere.
import { equal, ok, test } from "./runner.js";
import { signerOfStore } from "./support/network.js";
import { blobOf, bytesOf, codeOf, described, KIB, MIB, noise, rawKeyring } from "./support/objects.js";
import { presealed } from "./support/package.js";

const { abortUpload, encrypt, encryptStream, getObject, getUnauthenticatedRange, openObject, putObject, rewrapInstructionFile } = presealed;
const LENGTH = 10 * MIB + 1000;
const multipart = { threshold: 0, partSize: 5 * MIB };
const file = (bytes) => new File([bytes], "f", { lastModified: 1 });

async function transfer(faultOf, more) {
  const { presign, log } = await signerOfStore(faultOf);
  return { log, options: { key: `${crypto.randomUUID()}/ü`, keyring: rawKeyring(7), presign, ...more } };
}

const readable = ({ key, keyring, presign }) => ({ key, keyring, presign });
const contentOf = async (options) => bytesOf(await (await getObject(readable(options))).blob());
const count = (log, operation) => log.filter((request) => request.operation === operation).length;

/** An upload in parts that ends at the second, and what is left of it. */
async function interrupted(content) {
  const { log, options } = await transfer(({ partNumber }) => (partNumber === 2 ? "403" : undefined), { multipart });
  let checkpoint;
  const onCheckpoint = (kept) => { checkpoint = kept; };
  equal(await codeOf(putObject(content, { ...options, onCheckpoint })), "http-status");
  const { presign } = await signerOfStore();
  return { log, checkpoint: structuredClone(checkpoint), options: { ...options, presign, onCheckpoint } };
}

test("over a network: an object goes whole and comes back, and so does a range of it", async () => {
  const { log, options } = await transfer();
  const content = noise(700 * KIB);
  const told = [];
  const { eTag, contentLength } = await putObject(blobOf(content), { ...options, metadata: { title: "x" }, onProgress: (progress) => told.push(progress) });
  equal([contentLength, Boolean(eTag), log.length], [content.length + 16, true, 1]);
  equal(told.at(-1), { phase: "upload", bytesDone: content.length + 16, bytesTotal: content.length + 16 });
  const object = await getObject(readable(options));
  equal(object.metadata.title, "x");
  equal(await bytesOf(await object.blob()), content);
  const { blob } = await getUnauthenticatedRange({ ...readable(options), range: { start: 1000, end: 300_000 } });
  equal(await bytesOf(blob), content.slice(1000, 300_000));
});

test("over a network: empty content", async () => {
  const { options } = await transfer();
  equal((await putObject(blobOf(), options)).contentLength, 16);
  equal(await contentOf(options), new Uint8Array());
});

test("over a network: an object goes in parts, though a request is cut and one is refused", async () => {
  const faults = new Map([[1, "cut"], [2, "503"]]);
  const { options } = await transfer(({ partNumber }) => {
    const fault = faults.get(partNumber);
    faults.delete(partNumber);
    return fault;
  }, { multipart, checksum: "CRC64NVME" });
  await putObject(blobOf(noise(LENGTH)), options);
  equal(faults.size, 0, "faults that were not met");
  equal(await contentOf(options), noise(LENGTH));
});

test("over a network: an upload in parts is gone on with, and not with other content", async () => {
  const { checkpoint, options } = await interrupted(file(noise(LENGTH)));
  const resuming = { ...options, resume: checkpoint };
  equal(await codeOf(putObject(file(noise(LENGTH).fill(7, 0, 16)), resuming)), "file-changed");
  await putObject(file(noise(LENGTH)), resuming);
  equal(await contentOf(options), noise(LENGTH));
});

test("over a network: an upload in parts is thrown away", async () => {
  const { checkpoint, options: { presign, ...options } } = await interrupted(file(noise(LENGTH)));
  await abortUpload({ presign, resume: checkpoint });
  equal(await codeOf(putObject(file(noise(LENGTH)), { ...options, presign, resume: checkpoint })), "upload-gone");
});

test("over a network: who stops while a part is under way is told why", async () => {
  const stopping = new AbortController();
  const { log, options } = await transfer(({ partNumber }) => void (partNumber && setTimeout(() => stopping.abort("enough"))), { multipart });
  const reason = await putObject(blobOf(noise(LENGTH)), { ...options, signal: stopping.signal }).catch((thrown) => thrown);
  equal(reason, "enough");
  equal(count(log, "AbortMultipartUpload"), 1);
});

test("over a network: the key of an object is changed", async () => {
  const [one, two] = [described(1, "one"), described(2, "two")];
  const { options } = await transfer(undefined, { keyring: one, envelopeIn: "instruction-file" });
  await putObject(blobOf(noise(1000)), options);
  await rewrapInstructionFile({ ...readable(options), newKeyring: two });
  equal(await contentOf({ ...options, keyring: two }), noise(1000));
  equal(await codeOf(contentOf(options)), "unwrap-failed");
});

test("over a network: who sends and fetches what is encrypted needs no signer of the package", async () => {
  const { options: { key, keyring, presign } } = await transfer();
  const sealed = [await encrypt(blobOf(noise(LENGTH)), { keyring }), await encryptStream(blobOf(noise(LENGTH)), { keyring })];
  for (const { headers, body } of sealed) {
    const put = await presign({ operation: "PutObject", key });
    // A stream is sent by few: as a Blob it is by all.
    const content = body instanceof Blob ? body : await new Response(body).blob();
    ok((await fetch(put.url, { method: "PUT", body: content, headers })).ok, "it is not stored");
    const object = await openObject(await fetch((await presign({ operation: "GetObject", key })).url), { keyring });
    equal(await bytesOf(await object.blob()), noise(LENGTH));
  }
});
