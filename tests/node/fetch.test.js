// Uploads where there is no XMLHttpRequest: Node, Deno, Bun, service workers.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { codeOf, presealed, wasm } from "./support/package.js";
import { Store } from "./support/store.js";

const { RawAesKeyring, getObject, putObject } = presealed;
const keyring = () => RawAesKeyring.fromKey(new Uint8Array(32).fill(1));
const PART = 5 << 20;
const multipart = { threshold: 0, partSize: PART };
const content = () => new Uint8Array(2 * PART + 1000).map((_, at) => at >> 12);
const platform = { fetch: globalThis.fetch, XMLHttpRequest: globalThis.XMLHttpRequest };
let store;
before(() => presealed.default(wasm()));
beforeEach(() => { store = withFetchAlone(); });
after(() => Object.assign(globalThis, platform));

/** A store that is reached by `fetch` alone, as it is where nothing else is there. */
function withFetchAlone() {
  const made = new Store();
  made.install();
  const { fetch: reading, XMLHttpRequest: Writing } = globalThis;
  delete globalThis.XMLHttpRequest;
  globalThis.fetch = async (...asked) => {
    const request = new Request(...asked);
    if (["GET", "HEAD"].includes(request.method)) return reading(request);
    const writing = new Writing();
    writing.open(request.method, request.url);
    for (const [name, value] of request.headers) writing.setRequestHeader(name, value);
    const body = new Blob([await request.arrayBuffer()]);
    await new Promise((resolve) => {
      writing.onloadend = resolve;
      writing.send(body);
    });
    const { status, responseText } = writing;
    if (!status) throw new TypeError("fetch failed");
    const headers = writing.getAllResponseHeaders().trim().split("\r\n").filter(Boolean).map((line) => line.split(": "));
    return new Response(responseText || null, { status, headers });
  };
  return made;
}

const put = (source, options) => putObject(source, { key: "k", keyring: keyring(), presign: store.presign, ...options });
const stored = async () => new Uint8Array(await (await (await getObject({ key: "k", keyring: keyring(), presign: store.presign })).blob()).arrayBuffer());

test("an object goes whole, from a file with a type of its own", async () => {
  const told = [];
  const { eTag, contentLength } = await put(new File(["sealed"], "f.txt", { type: "text/plain" }), { onProgress: (progress) => told.push(progress) });
  assert.equal(contentLength, 6 + 16);
  assert.ok(eTag);
  assert.deepEqual(await stored(), new TextEncoder().encode("sealed"));
  assert.equal(store.log.find(({ operation }) => operation === "PutObject").sent["content-type"], "application/octet-stream");
  assert.deepEqual(told.at(-1), { phase: "upload", bytesDone: 22, bytesTotal: 22 });
});

test("content that is not encrypted here goes whole and in parts", async () => {
  const server = { keyring: undefined, clientSideEncryption: "none", serverSideEncryption: { mode: "SSE-S3" } };
  for (const more of [{}, { multipart, checksum: "CRC64NVME" }]) {
    await put(new Blob([content()]), { ...server, ...more });
    const got = await getObject({ key: "k", clientSideEncryption: "none", presign: store.presign });
    assert.deepEqual(new Uint8Array(await (await got.blob()).arrayBuffer()), content());
  }
});

test("an object goes in parts, whatever becomes of a request", async () => {
  let failed = 0;
  store.hook = ({ operation }) => {
    if (operation === "CreateMultipartUpload" || (failed += 1) % 3 > 0) return undefined;
    return failed % 2 > 0 ? new TypeError("cut") : store.refuse(503, "SlowDown");
  };
  await put(content(), { multipart });
  store.hook = () => undefined;
  assert.deepEqual(await stored(), content());
});

test("an upload in parts is gone on with, and changed content is told before anything leaves", async () => {
  const file = (bytes) => new File([bytes], "f", { lastModified: 1 });
  let kept;
  store.hook = ({ operation, partNumber }) => (operation === "UploadPart" && partNumber === 2 ? store.refuse(403, "AccessDenied") : undefined);
  const onCheckpoint = (checkpoint) => { kept = checkpoint; };
  assert.equal(await codeOf(() => put(file(content()), { multipart, onCheckpoint })), "http-status");
  store.hook = () => undefined;
  const sent = () => store.log.filter(({ operation }) => operation === "UploadPart").length;
  const before = sent();
  assert.equal(await codeOf(() => put(file(content().fill(7, 0, 16)), { multipart, resume: structuredClone(kept), onCheckpoint })), "file-changed");
  assert.equal(sent(), before);
  await put(file(content()), { multipart, resume: structuredClone(kept), onCheckpoint });
  assert.deepEqual(await stored(), content());
});

const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

test("who stops while a part is under way is told why at once, and then nothing is left", async () => {
  const stopping = new AbortController();
  store.hook = ({ operation }) => {
    if (operation === "UploadPart") stopping.abort("enough");
    return undefined;
  };
  await assert.rejects(put(content(), { multipart, signal: stopping.signal }), (reason) => reason === "enough");
  for (let look = 0; look < 100 && store.uploads.size > 0; look += 1) await later(look);
  assert.equal(store.uploads.size, 0);
});

test("ten uploads at once share the room for parts", async () => {
  const { fetch } = globalThis;
  let [now, most] = [0, 0];
  globalThis.fetch = async (...asked) => {
    const request = new Request(...asked);
    const isPart = request.method === "PUT";
    now += isPart;
    most = Math.max(most, now);
    await later(isPart ? 400 : 0);
    try {
      return await fetch(request);
    } finally {
      now -= isPart;
    }
  };
  const source = new Blob([new Uint8Array(5 * PART)]);
  const keys = Array.from({ length: 10 }, (_, number) => `k${number}`);
  const stored = await Promise.all(keys.map((key) => put(source, { key, multipart: { ...multipart, concurrency: 8 } })));
  assert.deepEqual(stored.map(({ key }) => key), keys);
  // What one of them may have by itself, two of which are being encrypted, and one of each of the others.
  assert.ok(most > 1 && most <= 8 + 2 + 9, `${most} parts at once`);
});

test("who stops does not wait for a signer that does not answer, also while a failed upload is thrown away", async () => {
  for (const fails of [false, true]) {
    const [stopping, begun] = [new AbortController(), performance.now()];
    let asked = 0;
    store.hook = ({ operation }) => {
      if (operation !== "UploadPart") return undefined;
      if (fails) return store.refuse(403, "AccessDenied");
      stopping.abort("enough");
      return undefined;
    };
    const presign = (request, signal) => {
      if (request.operation !== "AbortMultipartUpload") return store.presign(request, signal);
      asked += 1;
      setTimeout(() => stopping.abort("enough"));
      return new Promise(() => {});
    };
    await assert.rejects(put(content(), { multipart, presign, signal: stopping.signal }), (reason) => reason === "enough");
    await later(50);
    assert.ok(performance.now() - begun < 2_000);
    assert.equal(asked, fails ? 2 : 1);
  }
});
