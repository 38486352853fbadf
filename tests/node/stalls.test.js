// A server that takes connections and does not answer, or stops in the middle of a body; in time that flies.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { presealed, wasm } from "./support/package.js";

const { RawAesKeyring, encrypt, getObject, putObject } = presealed;
const content = new Uint8Array(3_000_000).map((_, at) => at % 251);
const { setInterval: interval } = globalThis;
const seen = [];
/** What becomes of each request, in order. */
const fates = [];
let server;
let url;
let sealed;

before(async () => {
  await presealed.default(wasm());
  const { body, headers, contentLength } = await encrypt(content, { keyring: keyring() });
  const bytes = new Uint8Array(await body.arrayBuffer());
  sealed = { bytes, headers: { ...headers, "content-length": contentLength, etag: '"tag"' } };
  server = createServer((request, response) => {
    seen.push([request.method, request.headers.range]);
    fates.shift()(request.resume(), response);
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  url = `http://127.0.0.1:${server.address().port}/k`;
  globalThis.setInterval = (does, ms) => interval(does, ms / 300);
});
after(() => {
  globalThis.setInterval = interval;
  server.closeAllConnections();
  server.close();
});

const keyring = () => RawAesKeyring.fromKey(new Uint8Array(32).fill(1));
const options = { key: "k", presign: async () => ({ url }) };
const nothing = () => {};

test("a download goes on, from where it was, after a server that does not answer and one that stops", async () => {
  const cut = 1_000_000;
  fates.push(
    nothing,
    (_, response) => response.writeHead(200, sealed.headers).write(sealed.bytes.subarray(0, cut)),
    ({ headers: { range } }, response) => {
      const rest = sealed.bytes.subarray(Number(range.slice("bytes=".length, -1)));
      response.writeHead(206, { ...sealed.headers, "content-length": rest.length }).end(rest);
    },
  );
  const object = await getObject({ ...options, keyring: keyring() });
  assert.deepEqual(new Uint8Array(await (await object.blob()).arrayBuffer()), content);
  // What was read into memory of ours went down with the connection, from its last whole piece on.
  assert.deepEqual(seen.splice(0), [["GET", undefined], ["GET", undefined], ["GET", `bytes=${512 << 10}-`]]);
});

test("an upload is sent again to a server that takes it and does not answer", async () => {
  fates.push(nothing, (_, response) => response.writeHead(200, { etag: '"tag"' }).end());
  const { eTag } = await putObject(content, { ...options, keyring: keyring() });
  assert.deepEqual([eTag, seen.splice(0)], ['"tag"', [["PUT", undefined], ["PUT", undefined]]]);
});
