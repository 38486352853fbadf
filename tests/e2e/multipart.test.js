// Uploads in parts, with a store that misbehaves and a page that dies: after each either the whole right file, or an error
// with its code; and no part ever leaves with two contents.
import assert from "node:assert/strict";
import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { EXPIRED, answer, cutRequest, cutResponse, hide, stallRequest } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, newName, sha256, withCanary } from "./support/content.js";
import { V2, clientSide, serverSide } from "./support/protections.js";
import { browser, server } from "./support/settings.js";
import { Store, customerKeyHeaders } from "./support/store.js";

const PART = 5 * MIB;
const CONTENTS = {
  file: withCanary(2 * PART + 3),
  // Its tag is a part of its own.
  "whole parts": withCanary(2 * PART),
  // Its tag lies across two parts.
  "tag across": withCanary(2 * PART - 8),
};
const STEPS = ["create", "part 1", "part 2", "part 3", "complete"];
const IDLE = answer(400, { code: "RequestTimeout", message: "Your socket connection to the server was not read from or written to." });
const CONFLICT = answer(409, { code: "ConditionalRequestConflict", message: "A conflicting operation occurred." });
const { kmsKeyId } = await new Store(server()).config();
const { "raw key": RAW, KMS } = clientSide(kmsKeyId);
const ONE_BY_ONE = { multipart: { threshold: 0, partSize: PART, concurrency: 1 } };
const SIDE_BY_SIDE = { multipart: { threshold: 0, partSize: PART } };

let harness;
before(async () => {
  harness = await startHarness();
  for (const [name, content] of Object.entries(CONTENTS)) harness.content(name, content);
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const request = (options) => ({ key: newName("parts"), content: "file", ...RAW, ...ONE_BY_ONE, ...options });

/** The fault at that step, and none before. */
const at = (step, fault) => [...Array(STEPS.indexOf(step)).fill(null), fault];

const partsOf = (key) => harness.front.toStore
  .filter(({ method, url }) => method === "PUT" && url.includes(key))
  .map((put) => ({ ...put, body: put.body, number: new URL(put.url, "http://store").searchParams.get("partNumber") }));

/** Of every part the same bytes, whole or cut, whenever they left. */
function consistent(puts) {
  for (const number of new Set(puts.map((put) => put.number))) {
    const bodies = puts.filter((put) => put.number === number).map(({ body }) => body);
    const longest = bodies.reduce((a, b) => (b.length > a.length ? b : a));
    for (const body of bodies) assert.ok(longest.subarray(0, body.length).equals(body), `part ${number} left with two contents`);
  }
}

async function opens(key, content, reading = RAW) {
  const object = await harness.succeeds("get", { key, ...reading });
  assert.equal(object.sha256, CONTENTS[content].sha256);
}

/** Nobody waits for an upload to be aborted, but the next test's requests must not be taken for it. */
const thrownAway = () => harness.browser.driver.wait(
  () => harness.front.toStore.some(({ method, status }) => method === "DELETE" && status === 204), 10_000, "the upload was not aborted",
);

for (const content of Object.keys(CONTENTS)) {
  test(`${content}: side by side, and one message in the end`, async () => {
    const put = request({ content, ...SIDE_BY_SIDE });
    harness.front.misbehave([]);
    const { stored } = await harness.succeeds("put", put);
    const parts = partsOf(put.key);
    const whole = Buffer.concat(parts.sort((a, b) => a.number - b.number).map(({ body }) => body));
    assert.equal(whole.length, CONTENTS[content].bytes.length + 16);
    assert.equal(parts.length, Math.ceil(whole.length / PART));
    assert.match(stored.eTag, new RegExp(`-${parts.length}"$`));
    assert.equal(stored.contentLength, whole.length);
    assert.ok(whole.equals(await harness.store.bytes(put.key)));
    assert.equal(whole.includes(CONTENTS[content].canary), false);
    await opens(put.key, content);
  });
}

const workers = () => harness.front.requests.filter(({ to, url }) => to === "page" && url.endsWith("/part-worker.js"));

test("parts have workers, in Chromium; where none start, or no more after the first, the calling thread does it all", async () => {
  for (const [hides, least] of [[() => false, 2], [(url) => url.endsWith("/part-worker.js"), 1], [(url) => url.endsWith("/part-worker.js") && workers().length > 1, 2]]) {
    for (const protection of [RAW, serverSide(kmsKeyId)["SSE-S3"]]) {
      const { reading, customerKey, ...rest } = protection;
      const put = { key: newName("parts"), content: "file", ...rest, ...ONE_BY_ONE };
      harness.front.behave();
      harness.front.hides = hides;
      await harness.succeeds("put", put);
      const asked = workers().length;
      assert.ok(browser === "chromium" ? asked >= least : asked === 0, `${asked} workers were asked for`);
      harness.front.behave();
      await opens(put.key, "file", protection === RAW ? RAW : { clientSideEncryption: "none", ...reading });
    }
  }
});

test("format V2 under a KMS key goes in parts too", async () => {
  const put = request({ ...KMS, ...V2, ...SIDE_BY_SIDE });
  await harness.succeeds("put", put);
  await opens(put.key, "file", { ...KMS, ...V2 });
});

for (const [name, { reading = {}, customerKey, ...protection }] of Object.entries(serverSide(kmsKeyId))) {
  test(`${name}, with and without client-side encryption`, async () => {
    for (const inner of [{}, RAW]) {
      const put = { key: newName("parts"), content: "file", ...inner, ...protection, ...SIDE_BY_SIDE };
      harness.front.misbehave([]);
      await harness.succeeds("put", put);
      // S3 wants the customer's key with each of them where checksums are asked for.
      const requests = harness.front.toStore.filter(({ url }) => /[?&]upload(s|Id)\b/.test(url));
      assert.equal(requests.length, STEPS.length);
      assert.ok(requests.every(({ headers }) => ("x-amz-server-side-encryption-customer-key" in headers) === Boolean(customerKey)));
      harness.front.behave();
      await opens(put.key, "file", { ...inner, ...reading });
      const { record } = await harness.store.atRest(put.key);
      assert.equal(record.serverSideEncryption.mode, protection.serverSideEncryption.mode);
      const readHeaders = customerKey && customerKeyHeaders(customerKey);
      assert.equal((await harness.store.bytes(put.key, readHeaders)).equals(CONTENTS.file.bytes), inner !== RAW);
    }
  });
}

test("progress counts what was sent, never goes back, and reaches the end", async () => {
  const put = request(SIDE_BY_SIDE);
  const { seen } = await harness.succeeds("putKept", put);
  const done = seen.map(({ bytesDone }) => bytesDone);
  assert.deepEqual(done, done.toSorted((a, b) => a - b));
  assert.equal(done.at(-1), CONTENTS.file.bytes.length + 16);
  assert.ok(seen.every(({ phase, bytesTotal }) => phase === "upload" && bytesTotal === done.at(-1)));
});

for (const [name, fault] of Object.entries({
  "500": answer(500), "503 with Retry-After": answer(503, { headers: { "retry-after": "1" } }), "an expired URL": EXPIRED, "a body that came too slowly": IDLE,
  "a connection cut in the middle": cutRequest(MIB), "an answer that is lost": cutResponse(0),
})) {
  for (const step of STEPS) {
    if (fault.cutRequestAfter && !step.startsWith("part")) continue;
    if (fault.cutRequestAfter && step === "part 3") continue; // a part of a few bytes
    test(`${name} at ${step}: the whole right file`, async () => {
      const put = request();
      harness.front.misbehave(at(step, fault));
      await harness.succeeds("put", put);
      consistent(partsOf(put.key));
      harness.front.behave();
      await opens(put.key, "file");
    });
  }
}

test("ifNoneMatch holds for parts, also when the answer to the completion is lost", async () => {
  const put = request({ ifNoneMatch: "*" });
  harness.front.misbehave(at("complete", cutResponse(0)));
  await harness.succeeds("put", put);
  harness.front.behave();
  const first = await harness.store.bytes(put.key);
  const error = await harness.fails("put", put, "http-status");
  assert.equal(error.status, 412);
  assert.ok(first.equals(await harness.store.bytes(put.key)), "the first object was replaced");
  await thrownAway();
});

for (const [status, code] of [[412, "PreconditionFailed"], [404, "NoSuchUpload"]]) {
  test(`a completion whose answer is lost and that is then refused with ${status} is told by the object`, async () => {
    const put = request();
    const refused = answer(status, { code, message: "No." });
    harness.front.misbehave([...at("complete", cutResponse(0)), refused]);
    await harness.succeeds("put", put);
    harness.front.behave();
    await opens(put.key, "file");
    // What is there then is another upload's.
    harness.front.misbehave(at("complete", refused));
    const error = await harness.fails("put", put, status === 404 ? "upload-gone" : "http-status");
    assert.equal(error.status, status);
    await thrownAway();
  });
}

test("what appeared while an upload was on its way is not replaced, also by a store that ignores the condition", async () => {
  const put = request({ ifNoneMatch: "*" });
  await harness.succeeds("put", { ...put, content: "file" });
  harness.front.misbehave([], { requestHeaders: ({ "if-none-match": _, ...headers }) => headers });
  const error = await harness.fails("put", put, "http-status");
  assert.deepEqual([error.status, error.serviceCode], [412, "PreconditionFailed"]);
  assert.equal(harness.front.toStore.some(({ method, url }) => method === "POST" && url.includes("uploadId")), false);
  await thrownAway();
});

for (const code of ["NoSuchUpload", "NoSuchKey"]) {
  test(`an upload that the store does not know any more, which it calls ${code}, has a code of its own`, async () => {
    const put = request();
    harness.front.misbehave(at("part 2", answer(403, { code: "AccessDenied", message: "No." })));
    await harness.fails("putKept", put, "http-status");
    harness.front.misbehave([answer(404, { code })]);
    const error = await harness.fails("putKept", put, "upload-gone");
    assert.deepEqual([error.status, error.serviceCode], [404, code]);
    harness.front.misbehave(at("part 1", answer(404, { code })));
    await harness.fails("put", request(), "upload-gone");
  });
}

test("a page in the place of the store's answer is no part and no upload", async () => {
  const page = { answer: { status: 200, headers: { "content-type": "text/html", etag: '"e"' }, body: "<!DOCTYPE html><title>Sign in</title>" } };
  for (const step of ["create", "part 1", "complete"]) {
    harness.front.misbehave(at(step, page));
    await harness.fails("put", request(), "unexpected-answer");
  }
});

test("URLs that expire in the browser's own queue, again and again, are presigned anew", async () => {
  const put = request();
  const ofR2 = answer(400, { code: "ExpiredRequest", message: "Request has expired" });
  harness.front.misbehave([...at("part 1", EXPIRED), answer(503), EXPIRED, ofR2]);
  await harness.succeeds("put", put);
  harness.front.behave();
  await opens(put.key, "file");
});

test("a completion whose answer is lost and that then meets a conflict is told by the object", async () => {
  const put = request({ ifNoneMatch: "*" });
  harness.front.misbehave([...at("complete", cutResponse(0)), ...Array(7).fill(CONFLICT)]);
  await harness.succeeds("put", put);
  harness.front.behave();
  await opens(put.key, "file");
});

test("an error in the 200 of a completion is what it says, and only what passes is tried again", async () => {
  const put = request();
  harness.front.misbehave(at("complete", answer(200, { code: "InvalidPart", message: "One or more of the specified parts could not be found." })));
  const error = await harness.fails("put", put, "http-status");
  assert.deepEqual([error.status, error.serviceCode], [400, "InvalidPart"]);
  assert.equal(harness.front.toStore.filter(({ method, url }) => method === "POST" && url.includes("uploadId")).length, 1);
});

test("a checkpoint that cannot be kept stops the upload, and the store is told where none was", async () => {
  const put = request();
  harness.content("steps-unkept.js", { bytes: `
    import { putObject, RawAesKeyring } from "/pkg/presealed.js";
    import { presign } from "/presign.js";
    export default async ({ key, multipart, keeps }) => {
      const keyring = RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
      const file = await (await fetch("/e2e/content/file")).blob();
      let left = keeps;
      const onCheckpoint = () => { if ((left -= 1) < 0) throw new Error("no room"); };
      return putObject(file, { key, multipart, keyring, presign, onCheckpoint }).then(() => "stored", ({ code, cause }) => [code, cause.message]);
    };
  ` });
  for (const [keeps, told] of [[0, 1], [1, 0]]) {
    harness.front.misbehave([]);
    const outcome = await harness.succeeds("steps", { name: "steps-unkept.js", input: { ...put, keeps } });
    assert.deepEqual(outcome, ["checkpoint-failed", "no room"]);
    assert.equal(harness.front.toStore.filter(({ method }) => method === "DELETE").length, told);
  }
});

test("who stops while the first checkpoint is being kept can go on from it", async () => {
  const put = request();
  harness.content("steps-stopped.js", { bytes: `
    import { putObject, RawAesKeyring } from "/pkg/presealed.js";
    import { presign } from "/presign.js";
    const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
    export default async ({ key, multipart }) => {
      const keyring = RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
      const file = await (await fetch("/e2e/content/file")).blob();
      const options = { key, multipart, keyring, presign };
      const stop = new AbortController();
      let resume;
      const onCheckpoint = async (checkpoint) => {
        stop.abort();
        await wait(100);
        resume = checkpoint;
      };
      const stopped = await putObject(file, { ...options, onCheckpoint, signal: stop.signal }).then(() => "stored", ({ name }) => name);
      await wait(1000);
      return [stopped, await putObject(file, { ...options, onCheckpoint: () => {}, resume }).then(() => "stored", ({ message }) => message)];
    };
  ` });
  assert.deepEqual(await harness.succeeds("steps", { name: "steps-stopped.js", input: put }), ["AbortError", "stored"]);
});

test("checkpoints are kept one after the other", async () => {
  const put = request(SIDE_BY_SIDE);
  const { most } = await harness.succeeds("putKept", { ...put, slowly: true });
  assert.equal(most, 1, "calls of onCheckpoint overlapped");
  const { digests } = await harness.succeeds("checkpoint", put);
  assert.ok(digests.length === 3 && digests.every(Boolean), "an older checkpoint was kept last");
});

test("a completion that fails after its 200 is tried again", async () => {
  const late = answer(200, { code: "InternalError", message: "We encountered an internal error." });
  const put = request();
  harness.front.misbehave(at("complete", late));
  await harness.succeeds("put", put);
  harness.front.behave();
  await opens(put.key, "file");
});

for (const step of STEPS) {
  test(`the page dies at ${step}, and the next one goes on`, async () => {
    const put = request();
    const dead = step === "create" ? { stallResponseAfter: 0 } : stallRequest(0);
    harness.front.misbehave(at(step, dead), dead);
    await harness.start("putKept", put);
    await harness.browser.driver.wait(() => harness.front.toStore.length > STEPS.indexOf(step), 20_000, `${step} did not come`);
    const before = partsOf(put.key);
    await harness.open();
    harness.front.misbehave([]);
    const { seen } = await harness.succeeds("putKept", put);
    const after = partsOf(put.key);
    consistent([...before, ...after]);
    // What the store has is not sent again.
    const done = STEPS.slice(1, STEPS.indexOf(step)).filter((name) => name.startsWith("part")).length;
    assert.equal(after.length, step === "create" ? 3 : 3 - done);
    assert.equal(seen.some(({ phase }) => phase === "encrypt"), done > 0 || step.startsWith("part"));
    harness.front.behave();
    await opens(put.key, "file");
  });
}

test("the page dies between the completion and its answer", async () => {
  const put = request();
  harness.front.misbehave(at("complete", { stallResponseAfter: 0 }));
  await harness.start("putKept", put);
  await harness.browser.driver.wait(() => harness.store.has(put.key), 20_000, "it was not completed");
  await harness.open();
  harness.front.misbehave([]);
  // The object is there, but not of this content.
  const changed = Buffer.from(CONTENTS.file.bytes);
  changed[0] ^= 1;
  harness.content("changed", { bytes: changed });
  await harness.fails("putKept", { ...put, content: "changed" }, "file-changed");
  await harness.fails("putKept", { ...put, keyring: undefined, serverSideEncryption: { mode: "SSE-S3" } }, "misuse");
  await harness.succeeds("putKept", put);
  assert.equal(partsOf(put.key).length, 0);
  harness.front.behave();
  await opens(put.key, "file");
});

test("a file that has changed is told before anything is sent", async () => {
  const put = request();
  harness.front.misbehave(at("part 2", answer(403, { code: "AccessDenied", message: "No." })));
  await harness.fails("putKept", put, "http-status");
  const changed = Buffer.from(CONTENTS.file.bytes);
  for (const [position, code] of [[0, "file-changed"], [PART + 1, "file-changed"]]) {
    changed[position] ^= 1;
    harness.content("changed", { bytes: changed });
    harness.front.misbehave([]);
    await harness.fails("putKept", { ...put, content: "changed" }, code);
    assert.deepEqual(harness.front.toStore.map(({ method }) => method), ["GET"], "more than ListParts was sent");
    changed[position] ^= 1;
  }
  harness.content("changed", { bytes: changed.subarray(1) });
  await harness.fails("putKept", { ...put, content: "changed" }, "file-changed");
  harness.front.behave();
  assert.equal(await harness.store.has(put.key), false);
  await harness.succeeds("putKept", put);
  await opens(put.key, "file");
});

for (const [change, make] of Object.entries({
  "cut short": (path) => truncate(path, PART + 1),
  removed: (path) => rm(path),
})) {
  test(`a file that is ${change} on disk while it goes up`, async () => {
    const path = join(harness.browser.scratch, newName("file"));
    await writeFile(path, CONTENTS.file.bytes);
    const { driver } = harness.browser;
    await driver.findElement({ css: "#picked" }).sendKeys(path);
    // The first part waits for an answer, and so does what comes after it.
    harness.front.misbehave([null, answer(503, { headers: { "retry-after": "3" } })]);
    const put = request({ content: "picked" });
    await harness.start("putKept", put);
    await driver.wait(() => harness.front.toStore.some(({ status }) => status === 503), 10_000, "no part was sent");
    await make(path);
    const { error } = await harness.end();
    assert.ok(["read-failed", "file-changed"].includes(error?.code), JSON.stringify(error));
    assert.equal(await harness.store.has(put.key), false);
    consistent(partsOf(put.key));
  });
}

test("another key, an older checkpoint and nonsense go on with nothing", async () => {
  const put = request();
  harness.front.misbehave(at("part 3", answer(403, { code: "AccessDenied", message: "No." })));
  await harness.fails("putKept", put, "http-status");
  const checkpoint = await harness.succeeds("checkpoint", put);
  assert.equal(JSON.stringify(checkpoint).includes(RAW.keyring.key), false);
  // A page that remembers nothing of the upload.
  await harness.open();
  harness.front.misbehave([]);
  const { "raw key": other } = clientSide(kmsKeyId);
  await harness.fails("putKept", { ...put, ...other }, "unwrap-failed");
  for (const change of [{ digests: ["", "", ""] }, { digests: [] }, { version: 9 }, { key: "other" }, { partBytes: 5 }]) {
    await harness.succeeds("setCheckpoint", { ...put, checkpoint: { ...checkpoint, ...change } });
    await harness.fails("putKept", put, "misuse");
  }
  assert.equal(partsOf(put.key).length, 0);
});

test("stop leaves what was sent, abort throws it away", async () => {
  const put = request();
  await assert.rejects(harness.succeeds("putKept", { ...put, stopAt: { phase: "upload", after: PART } }), /AbortError/);
  const checkpoint = await harness.succeeds("checkpoint", put);
  const list = { operation: "ListParts", key: put.key, uploadId: checkpoint.uploadId };
  assert.equal((await fetch(await harness.store.presign(list))).status, 200);
  const { error: stopped } = await harness.call("abortUpload", { ...put, aborted: true });
  assert.equal(stopped.name, "AbortError");
  assert.equal((await fetch(await harness.store.presign(list))).status, 200);
  await harness.succeeds("abortUpload", put);
  assert.equal((await fetch(await harness.store.presign(list))).status, 404);
  const error = await harness.fails("putKept", put, "upload-gone");
  assert.deepEqual([error.status, error.serviceCode], [404, "NoSuchUpload"]);
});

test("an upload whose tag was recorded before a part goes on", async () => {
  const put = request();
  // The store never hears of part 2, so the completion is refused.
  harness.front.misbehave(at("part 2", answer(200, { headers: { etag: '"0"' } })));
  await harness.fails("putKept", put, "http-status");
  const checkpoint = await harness.succeeds("checkpoint", put);
  assert.ok(checkpoint.digests.every(Boolean));
  // As if the page had died between the two.
  await harness.succeeds("setCheckpoint", { ...put, checkpoint: { ...checkpoint, digests: checkpoint.digests.with(1, "") } });
  harness.front.misbehave([]);
  await harness.succeeds("putKept", put);
  assert.deepEqual(partsOf(put.key).map(({ number }) => number), ["2"]);
  harness.front.behave();
  await opens(put.key, "file");
});

test("a bucket that hides the ETag is told by name", async () => {
  harness.front.misbehave(at("part 1", hide(/^etag$/)));
  await harness.fails("put", request(), "etag-hidden");
});

test("nobody goes on without keeping what leaves from then on", async () => {
  const put = request();
  harness.front.misbehave(at("part 2", answer(403, { code: "AccessDenied", message: "No." })));
  await harness.fails("putKept", put, "http-status");
  const resume = await harness.succeeds("checkpoint", put);
  harness.front.misbehave([]);
  await harness.fails("put", { ...put, resume }, "misuse");
  assert.deepEqual(harness.front.toStore, []);
});

test("without a checkpoint, what fails is thrown away at the store", async () => {
  const put = request();
  harness.front.misbehave(at("part 2", answer(403, { code: "AccessDenied", message: "No." })));
  await harness.fails("put", put, "http-status");
  await thrownAway();
  assert.equal(await harness.store.has(put.key), false);
});
