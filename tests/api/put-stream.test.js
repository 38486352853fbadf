// Content that comes as a stream: it is read once, no further than the parts in flight go, is as long as was said, and is let go at any end.
import { Store, standIn } from "../node/support/store.js";
import { afterwards, equal, is, needs, ok, test } from "./runner.js";
import { runtime } from "./runtime.js";
import { bytesOf, codeOf, errorOf, MIB, noise } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { inTwoWays, streamsCross } from "./support/ways.js";

const PART = 5 * MIB;
/** So large that one might be taken as it is, without a copy. */
const CHUNK = 320 * 1024;
const LENGTH = 2 * PART + 100_001;
const STREAMS = { unless: !streamsCross() && "needs streams that cross a worker's border" };
/** In parts. Chromium's workers for parts would ask a real store; other engines than the first one have none. */
const multipart = { threshold: 0, partSize: PART, concurrency: 1 };
const inParts = { multipart, engine: runtime === "node" ? undefined : "ctr+ghash" };

/** What is given in chunks, and how much of it was asked for. */
function given(bytes, { failsAt, cause } = {}) {
  const seen = { read: 0, ended: 0 };
  async function* chunks() {
    try {
      // Filled anew for each: it is nobody's to keep.
      const chunk = new Uint8Array(CHUNK);
      for (let at = 0; at < bytes.length; at += CHUNK) {
        if (at >= failsAt) throw cause;
        const next = bytes.subarray(at, at + CHUNK);
        chunk.set(next);
        seen.read += next.length;
        yield chunk.subarray(0, next.length);
      }
    } finally {
      seen.ended += 1;
    }
  }
  return { seen, iterable: chunks() };
}

/** The same as a stream, which makes each chunk when it is asked for. */
function streamed(bytes, how) {
  const { seen, iterable } = given(bytes, how);
  const source = {
    async pull(controller) {
      const { done, value } = await iterable.next();
      if (done) controller.close();
      else controller.enqueue(value.slice());
    },
    cancel: async () => { await iterable.return(); },
  };
  return { seen, stream: new ReadableStream(source, { highWaterMark: 0 }) };
}

for (const [way, more] of [["in parts", inParts], ["in one request", {}]]) {
  inTwoWays(`a stream ${way}`, async ({ putObject, getObject }, { store, make, transfer }) => {
    const keyring = await make.raw(7);
    const content = noise(LENGTH);
    for (const source of [streamed(content).stream, given(content).iterable]) {
      const stored = await putObject(source, transfer({ keyring, contentLength: LENGTH, ...more }));
      equal(stored.contentLength, LENGTH + 16);
      const object = await getObject(transfer({ keyring }));
      equal(await bytesOf(await object.blob()), content);
    }
    equal(store.uploads.size, 0);
  }, STREAMS);
}

inTwoWays("no content, and chunks larger than parts", async ({ putObject, getObject }, { make, transfer }) => {
  const keyring = await make.raw(7);
  for (const length of [0, PART, PART + 7]) {
    for (const more of [inParts, {}]) {
      const source = new Blob([noise(length)]).stream();
      await putObject(source, transfer({ keyring, contentLength: length, ...more }));
      equal(await bytesOf(await (await getObject(transfer({ keyring }))).blob()), noise(length), String(length));
    }
  }
}, STREAMS);

inTwoWays("content that is not encrypted here", async ({ putObject }, { store, transfer }) => {
  const plain = { clientSideEncryption: "none", serverSideEncryption: { mode: "SSE-S3" }, contentLength: 300_000, multipart: { threshold: PART } };
  await putObject(streamed(noise(300_000)).stream, transfer(plain));
  equal(new Uint8Array(store.objects.get("a/key").bytes), noise(300_000));
}, STREAMS);

inTwoWays("content of another length is not stored", async ({ putObject }, { store, make, transfer }) => {
  const keyring = await make.raw(7);
  for (const [has, says] of [[LENGTH, LENGTH - 1], [LENGTH, LENGTH + 1], [LENGTH, 3 * LENGTH], [LENGTH, 100], [0, 1], [1, 0]]) {
    for (const more of [inParts, {}]) {
      const { stream, seen } = streamed(noise(has));
      const error = await errorOf(putObject(stream, transfer({ keyring, contentLength: says, ...more })));
      equal(error.code, "content-length-mismatch", `${has} bytes, and not ${says}`);
      ok(error.message.includes(has < says ? "fewer" : "more"), error.message);
      equal([store.objects.size, store.uploads.size], [0, 0], "something is stored");
      await letGo(seen);
    }
  }
}, STREAMS);

/** Ended once, soon: a worker's border takes a moment. */
async function letGo(seen) {
  for (let tries = 0; seen.ended === 0 && tries < 100; tries += 1) await new Promise((resolve) => { setTimeout(resolve, 20); });
  equal(seen.ended, 1, "it was not let go");
}

inTwoWays("a stream that fails is the cause", async ({ putObject }, { store, make, transfer }) => {
  const keyring = await make.raw(7);
  for (const more of [inParts, {}]) {
    for (const failsAt of [0, PART + CHUNK]) {
      const { stream, seen } = streamed(noise(LENGTH), { failsAt, cause: new TypeError("the source is dry") });
      const error = await errorOf(putObject(stream, transfer({ keyring, contentLength: LENGTH, ...more })));
      equal([error.code, error.cause.message], ["read-failed", "the source is dry"]);
      equal([store.objects.size, store.uploads.size], [0, 0]);
      await letGo(seen);
    }
  }
}, STREAMS);

inTwoWays("who stops in the middle ends the stream", async ({ putObject }, { store, make, transfer }) => {
  const keyring = await make.raw(7);
  for (const source of ["stream", "iterable"]) {
    const made = source === "stream" ? streamed(noise(4 * PART)) : given(noise(4 * PART));
    const controller = new AbortController();
    store.hook = ({ operation, partNumber }) => {
      if (operation === "UploadPart" && partNumber === 1) controller.abort("enough");
      return undefined;
    };
    const options = transfer({ keyring, contentLength: 4 * PART, signal: controller.signal, ...inParts });
    equal(await errorOf(putObject(made[source], options)), "enough");
    await letGo(made.seen);
    // The upload is thrown away once the caller knows.
    for (let tries = 0; store.uploads.size > 0 && tries < 100; tries += 1) await new Promise((resolve) => { setTimeout(resolve, 20); });
    equal([store.objects.size, store.uploads.size], [0, 0], "the store has something of it");
  }
}, STREAMS);

test("the cause of an unreadable stream is the caller's own", async () => {
  const cause = new Error("dry");
  const options = { key: "k", presign: () => {}, keyring: presealed.RawAesKeyring.fromKey(new Uint8Array(32)), contentLength: 5 };
  const failing = new ReadableStream({ pull: (controller) => controller.error(cause) });
  const error = await errorOf(presealed.putObject(failing, options));
  equal(error.code, "read-failed");
  is(error.cause, cause);
  const texts = new ReadableStream({ start: (controller) => controller.enqueue("text") });
  const other = await errorOf(presealed.putObject(texts, options));
  equal([other.code, other.cause.name], ["read-failed", "TypeError"]);
});

/** Parts that nobody has stored yet are what is read, and no more. */
inTwoWays("a slow store holds the stream back", async ({ putObject }, { store, make, transfer }) => {
  const keyring = await make.raw(7);
  const parts = 8;
  const { stream, seen } = streamed(noise(parts * PART));
  let [most, stored] = [0, 0];
  store.hook = async ({ operation }) => {
    if (operation !== "UploadPart") return undefined;
    await new Promise((resolve) => { setTimeout(resolve, 60); });
    most = Math.max(most, seen.read - stored);
    stored += PART;
    return undefined;
  };
  await putObject(stream, transfer({ keyring, contentLength: parts * PART, ...inParts }));
  equal(seen.read, parts * PART);
  // A worker's border keeps some chunks.
  const bound = (multipart.concurrency + 2) * PART + 8 * CHUNK;
  ok(most > PART && most <= bound, `${most} bytes ahead, of at most ${bound}`);
}, STREAMS);

test("a retry sends what was kept", async () => {
  const store = new Store();
  const end = standIn(store.answer);
  try {
    const sent = new Map();
    store.hook = ({ operation, partNumber, body }) => {
      if (operation !== "UploadPart") return undefined;
      const before = sent.get(partNumber);
      if (before) {
        equal(new Uint8Array(body), before, `part ${partNumber}`);
        return undefined;
      }
      sent.set(partNumber, new Uint8Array(body));
      return new TypeError("lost");
    };
    const keyring = presealed.RawAesKeyring.fromKey(new Uint8Array(32));
    const { stream, seen } = streamed(noise(LENGTH));
    await presealed.putObject(stream, { key: "a/key", presign: store.presign, keyring, contentLength: LENGTH, ...inParts });
    equal([sent.size, seen.read], [3, LENGTH]);
  } finally {
    end();
  }
});

test("what cannot be is refused before anything is read", async () => {
  const keyring = presealed.RawAesKeyring.fromKey(new Uint8Array(32));
  let asked = 0;
  const presign = () => { asked += 1; };
  const checkpoints = { load() { asked += 1; }, save() {}, remove() {} };
  for (const more of [
    {}, { contentLength: -1 }, { contentLength: 1.5 }, { contentLength: "5" }, { contentLength: 5, checkpoints }, { contentLength: 5, onCheckpoint() {} },
    { contentLength: 5, onCheckpoint() {}, resume: () => { asked += 1; } },
  ]) {
    const { stream, seen } = streamed(noise(5));
    equal(await codeOf(presealed.putObject(stream, { key: "k", presign, keyring, ...more })), "misuse", JSON.stringify(more));
    equal([seen.read, seen.ended, stream.locked], [0, 0, false], "it was touched");
  }
  const { stream } = streamed(noise(5));
  const reader = stream.getReader();
  equal(await codeOf(presealed.putObject(stream, { key: "k", presign, keyring, contentLength: 5 })), "misuse", "a stream that somebody reads");
  reader.releaseLock();
  for (const source of [new Blob([noise(5)]), noise(5)]) {
    equal(await codeOf(presealed.putObject(source, { key: "k", presign, keyring, contentLength: 6 })), "misuse", "a length that is wrong");
  }
  equal(await codeOf(presealed.encrypt(stream, { keyring })), "misuse");
  equal(asked, 0);
});

test("a worker that no stream gets to says what to do", async () => {
  const { inWorker } = await import("/pkg/in-worker.js");
  const worker = inWorker();
  afterwards(() => worker.terminate());
  const keyring = await worker.RawAesKeyring.fromKey(new Uint8Array(32));
  for (const source of [streamed(noise(5)).stream, given(noise(5)).iterable]) {
    const error = await errorOf(worker.putObject(source, { key: "k", presign: () => {}, keyring, contentLength: 5 }));
    equal(error.code, "unsupported-browser");
    ok(error.message.includes("in this thread"), error.message);
  }
}, { skip: needs("a worker of a page") || !STREAMS.unless && "streams get there" });

test("a call that was stopped before ends the stream", async () => {
  const made = given(noise(2 * CHUNK));
  await made.iterable.next();
  const keyring = presealed.RawAesKeyring.fromKey(new Uint8Array(32));
  const options = { key: "k", presign: () => {}, keyring, contentLength: 5, signal: AbortSignal.abort("no") };
  equal(await errorOf(presealed.putObject(made.iterable, options)), "no");
  await letGo(made.seen);
  equal(made.seen.read, CHUNK);
});
