// Instruction files and what may come between them and their objects: other uploads, lost answers, stores that ignore preconditions.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { answer, cutResponse, requestHeaders, stallResponse } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
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

let harness;
before(async () => {
  harness = await startHarness();
  for (const [name, content] of Object.entries(CONTENTS)) harness.content(name, content);
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const request = (options) => ({ key: newName("file"), content: "file", ...RAW, envelopeIn: "instruction-file", ...options });

async function opens(key, content) {
  const { sha256 } = await harness.succeeds("get", { key, ...RAW });
  assert.equal(sha256, CONTENTS[content].sha256);
}

/** An upload in parts that rests half-way. */
async function resting() {
  const put = request(IN_PARTS);
  await assert.rejects(harness.succeeds("putKept", { ...put, stopAt: { phase: "upload", after: PART } }), /AbortError/);
  return put;
}

test("an upload that rested does not replace an object that has taken its file", async () => {
  const put = await resting();
  await harness.succeeds("put", { ...put, multipart: undefined, content: "other" });
  await harness.fails("putKept", put, "instruction-file-in-use");
  await opens(put.key, "other");
  // Once the other one is gone, it goes on.
  await harness.store.remove(put.key);
  await harness.succeeds("putKept", put);
  await opens(put.key, "file");
});

test("a file that has gone while the upload rested is stored again", async () => {
  const put = await resting();
  await harness.store.remove(`${put.key}.instruction`);
  await harness.succeeds("putKept", put);
  await opens(put.key, "file");
});

test("a file whose answer was lost is our own, also beside an object that is not encrypted", async () => {
  const put = request({ content: "other" });
  await harness.store.put(put.key, Buffer.from("plain"));
  // The first asks whether there is one.
  harness.front.misbehave([null, cutResponse(0)]);
  await harness.succeeds("put", put);
  await opens(put.key, "other");
});

test("a store that ignores preconditions does not lose the file of an object that is there", async () => {
  const put = request({ content: "other" });
  await harness.succeeds("put", put);
  const ignoring = requestHeaders(({ "if-none-match": _, ...headers }) => headers);
  harness.front.misbehave([], ignoring);
  harness.front.onPresign = async (asked, signed) => {
    const { "if-none-match": _, ...headers } = asked.headers ?? {};
    if (asked.operation !== "PutObject") return signed;
    return { url: (await harness.store.presign({ ...asked, headers })).replace(server().s3, harness.front.s3) };
  };
  await harness.fails("put", { ...put, content: "file" }, "instruction-file-in-use");
  harness.front.behave();
  await opens(put.key, "other");
});

test("an object that is refused after its file has come leaves nothing in the way of another", async () => {
  const put = request({ content: "other" });
  harness.front.misbehave([null, null, DENIED]);
  await harness.fails("put", put, "http-status");
  harness.front.behave();
  await harness.succeeds("put", put);
  await opens(put.key, "other");
});

/** A browser has six connections for each store: an answer that is not read yet must not hold one that its instruction file needs. */
test("eight objects are opened at once", { timeout: 30_000 }, async () => {
  const put = request({ content: "file" });
  await harness.succeeds("put", put);
  harness.content("steps-eight.js", { bytes: `
    import { getObject, RawAesKeyring } from "/pkg/presealed.js";
    import { presign } from "/presign.js";
    import { fromBase64 } from "/base64.js";
    export default async ({ key, secret }) => {
      const keyring = RawAesKeyring.fromKey(fromBase64(secret));
      const open = async () => (await (await getObject({ key, keyring, presign })).blob()).size;
      return Promise.all(Array.from({ length: 8 }, open));
    };
  ` });
  harness.front.misbehave(Array(6).fill(stallResponse(MIB)));
  const sizes = await harness.succeeds("steps", { name: "steps-eight.js", input: { key: put.key, secret: RAW.keyring.key } });
  assert.deepEqual(sizes, Array(8).fill(CONTENTS.file.bytes.length));
});
