// Instruction files and what may come between them and their objects: other uploads, lost answers, stores that ignore preconditions.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { answer, cutResponse, requestHeaders, stallResponse } from "./doubles/faults.js";
import { startBench } from "./support/bench.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { clientSide } from "./support/protections.js";
import { server } from "./support/settings.js";
import { Store } from "./support/store.js";

const PART = 5 * MIB;
const CONTENTS = { file: withCanary(2 * PART + 3), other: withCanary(1000) };
const { kmsKeyId } = await new Store(server()).config();
const { "raw key": RAW } = clientSide(kmsKeyId);
const IN_PARTS = { multipart: { threshold: 0, partSize: PART, concurrency: 1 } };
const DENIED = answer(403, { code: "AccessDenied", message: "No." });

let bench;
before(async () => {
  bench = await startBench();
  for (const [name, content] of Object.entries(CONTENTS)) bench.content(name, content);
});
after(() => bench?.stop());
afterEach(() => bench?.front.behave());

const request = (options) => ({ key: newName("file"), content: "file", ...RAW, envelopeIn: "instruction-file", ...options });

async function opens(key, content) {
  const { sha256 } = await bench.succeeds("get", { key, ...RAW });
  assert.equal(sha256, CONTENTS[content].sha256);
}

/** An upload in parts that rests half-way. */
async function resting() {
  const put = request(IN_PARTS);
  await assert.rejects(bench.succeeds("putKept", { ...put, stopAt: { phase: "upload", after: PART } }), /AbortError/);
  return put;
}

test("an upload that rested does not replace an object that has taken its file", async () => {
  const put = await resting();
  await bench.succeeds("put", { ...put, multipart: undefined, content: "other" });
  await bench.fails("putKept", put, "instruction-file-in-use");
  await opens(put.key, "other");
  // Once the other one is gone, it goes on.
  await bench.store.remove(put.key);
  await bench.succeeds("putKept", put);
  await opens(put.key, "file");
});

test("a file that has gone while the upload rested is stored again", async () => {
  const put = await resting();
  await bench.store.remove(`${put.key}.instruction`);
  await bench.succeeds("putKept", put);
  await opens(put.key, "file");
});

test("a file whose answer was lost is our own, also beside an object that is not encrypted", async () => {
  const put = request({ content: "other" });
  await bench.store.put(put.key, Buffer.from("plain"));
  // The first asks whether there is one.
  bench.front.misbehave([null, cutResponse(0)]);
  await bench.succeeds("put", put);
  await opens(put.key, "other");
});

test("a store that ignores preconditions does not lose the file of an object that is there", async () => {
  const put = request({ content: "other" });
  await bench.succeeds("put", put);
  const ignoring = requestHeaders(({ "if-none-match": _, ...headers }) => headers);
  bench.front.misbehave([], ignoring);
  bench.front.onPresign = async (asked, signed) => {
    const { "if-none-match": _, ...headers } = asked.headers ?? {};
    if (asked.operation !== "PutObject") return signed;
    return { url: (await bench.store.presign({ ...asked, headers })).replace(server().s3, bench.front.s3) };
  };
  await bench.fails("put", { ...put, content: "file" }, "instruction-file-in-use");
  bench.front.behave();
  await opens(put.key, "other");
});

test("an object that is refused after its file has come leaves nothing in the way of another", async () => {
  const put = request({ content: "other" });
  bench.front.misbehave([null, null, DENIED]);
  await bench.fails("put", put, "http-status");
  bench.front.behave();
  await bench.succeeds("put", put);
  await opens(put.key, "other");
});

/** A browser has six connections for each store: an answer that is not read yet must not hold one that its instruction file needs. */
test("eight objects are opened at once", { timeout: 30_000 }, async () => {
  const put = request({ content: "file" });
  await bench.succeeds("put", put);
  bench.content("steps-eight.js", { bytes: `
    import { getObject, RawAesKeyring } from "/pkg/presealed.js";
    import { presign } from "/presign.js";
    import { fromBase64 } from "/base64.js";
    export default async ({ key, secret }) => {
      const keyring = RawAesKeyring.fromKey(fromBase64(secret));
      const open = async () => (await (await getObject({ key, keyring, presign })).blob()).size;
      return Promise.all(Array.from({ length: 8 }, open));
    };
  ` });
  bench.front.misbehave(Array(6).fill(stallResponse(MIB)));
  const sizes = await bench.succeeds("steps", { name: "steps-eight.js", input: { key: put.key, secret: RAW.keyring.key } });
  assert.deepEqual(sizes, Array(8).fill(CONTENTS.file.bytes.length));
});
