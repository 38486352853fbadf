// The package in a worker of its own: the page's callbacks, keys, signals and errors cross its border, and nothing else does.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { cutResponse, flip } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { browser, server } from "./support/settings.js";
import { Store } from "./support/store.js";

const CONTENT = withCanary(12 * MIB + 5);
const { kmsKeyId } = await new Store(server()).config();

let harness;
before(async () => {
  harness = await startHarness();
  harness.content("file", CONTENT);
  await inPage(`
    const [{ inWorker, isPresealedError }, { presign }, { kmsBroker }, { sha256 }] =
      await Promise.all(["/pkg/in-worker.js", "/presign.js", "/kms-broker.js", "/e2e/sha256.js"].map((path) => import(path)));
    window.worker = inWorker();
    window.tools = {
      inWorker, presign, kmsBroker, isPresealedError,
      file: await (await fetch("/e2e/content/file")).blob(),
      digest: sha256,
      failure: (promise) => promise.then(() => null, (error) => error),
    };
    window.keyring = await worker.RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
  `);
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const inPage = (body, input) => harness.inPage(body, input);

test("an upload in parts and its way back", async () => {
  const result = await inPage(`
    const { presign, file, digest } = tools;
    const seen = [];
    const asked = [];
    const kept = [];
    const common = { key: input.key, keyring };
    const stored = await worker.putObject(file, {
      ...common,
      presign: (request, signal) => { asked.push([request.operation, signal instanceof AbortSignal]); return presign(request, signal); },
      multipart: { threshold: 0, partSize: 5 * 1024 * 1024 },
      onProgress: (progress) => seen.push(progress), onCheckpoint: async ({ digests }) => { kept.push(digests.filter(Boolean).length); },
    });
    const object = await worker.getObject({ ...common, presign, onProgress: (progress) => seen.push(progress) });
    const { contentLength, contentType, envelope, metadata } = object;
    const sha256 = await digest(await object.blob());
    return { stored, asked, kept, seen, contentLength, contentType, envelope, metadata, sha256, engine: await worker.engine() };
  `, { key: newName("worker") });
  assert.equal(result.sha256, CONTENT.sha256);
  assert.equal(result.engine, "stitched");
  assert.equal(result.contentLength, CONTENT.bytes.length);
  assert.equal(result.envelope.format, "V3");
  assert.ok(result.metadata["x-amz-c"]);
  assert.ok(result.stored.eTag);
  assert.deepEqual(result.asked.filter(([, signal]) => !signal), []);
  assert.deepEqual([...new Set(result.asked.map(([operation]) => operation))], ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"]);
  assert.deepEqual(result.kept.toSorted(), [1, 2, 3]);
  for (const phase of ["upload", "download"]) {
    const done = result.seen.filter((progress) => progress.phase === phase).map(({ bytesDone }) => bytesDone);
    assert.deepEqual(done, done.toSorted((a, b) => a - b));
    assert.equal(done.at(-1), CONTENT.bytes.length + 16);
  }
});

for (const [name, make] of Object.entries({
  "KMS": "worker.KmsKeyring.create({ keyId: input.kmsKeyId, kms: tools.kmsBroker })",
  "a passphrase": "worker.PassphraseKeyring.fromPassphrase('correct horse', { memoryKib: 19456, iterations: 2 })",
  "a CryptoKey that cannot be exported": "crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']).then((key) => worker.RawAesKeyring.fromKey(key))",
  "a choice of keys": "worker.KeyringSelector.of(window.keyring, [])",
  "the page's own code": `({
    async wrapDataKey(dataKey) { return { wrapAlgorithm: "AES/GCM", ciphertext: dataKey.map((byte) => byte ^ 90) }; },
    async unwrapDataKey({ ciphertext }) { return ciphertext.map((byte) => byte ^ 90); },
  })`,
})) {
  test(`keys held by ${name}`, async () => {
    const sha256 = await inPage(`
      const keyring = await ${make};
      const options = { key: input.key, presign: tools.presign, keyring };
      await worker.putObject(tools.file, options);
      const sha256 = await tools.digest(await (await worker.getObject(options)).blob());
      keyring.free?.();
      return sha256;
    `, { key: newName("worker"), kmsKeyId });
    assert.equal(sha256, CONTENT.sha256);
  });
}

test("streams cross to the page", async () => {
  const result = await inPage(`
    const options = { key: input.key, presign: tools.presign, keyring };
    const { body, headers, contentLength } = await worker.encryptStream(tools.file, { keyring });
    const bytes = (await new Response(body).blob()).size;
    await worker.putObject(tools.file, options);
    const object = await worker.getObject(options);
    const sha256 = await tools.digest(await new Response(await object.delayedAuthenticationStream()).blob());
    return { sha256, bytes, contentLength, headers };
  `, { key: newName("worker") });
  assert.equal(result.sha256, CONTENT.sha256);
  assert.equal(result.bytes, CONTENT.bytes.length + 16);
  assert.equal(result.contentLength, result.bytes);
  assert.ok(result.headers["x-amz-meta-x-amz-3"]);
});

test("errors are the package's, with their causes", async () => {
  const key = newName("worker");
  harness.front.misbehave([null, flip(10)]);
  const results = await inPage(`
    const { presign, file, failure, isPresealedError } = tools;
    const options = { key: input.key, presign, keyring };
    await worker.putObject(file, options);
    const cause = new TypeError("signed out");
    const errors = {
      tampered: await failure(worker.getObject(options).then((object) => object.blob())),
      wrongKey: await failure(worker.getObject({ ...options, keyring: await worker.RawAesKeyring.fromKey(new Uint8Array(32)) })),
      misuse: await failure(worker.getObject({ ...options, keyring: undefined })),
      signer: await failure(worker.getObject({ ...options, presign: async () => { throw cause; } })),
      missing: await failure(worker.getObject({ ...options, key: "nothing-here" })),
    };
    return Object.fromEntries(Object.entries(errors).map(([name, error]) => [name, {
      code: error.code, ours: isPresealedError(error), status: error.status, cause: error.cause && String(error.cause),
    }]));
  `, { key });
  assert.ok(Object.values(results).every(({ ours }) => ours), JSON.stringify(results));
  assert.equal(results.tampered.code, "authentication-failed");
  assert.ok(["unwrap-failed", "keyring-mismatch"].includes(results.wrongKey.code));
  assert.equal(results.misuse.code, "misuse");
  assert.equal(results.signer.code, "presign-failed");
  assert.equal(results.signer.cause, "TypeError: signed out");
  assert.deepEqual([results.missing.code, results.missing.status], ["http-status", 404]);
});

test("a signer that is out of reach for a moment is asked again, and what it throws gets across whatever it is", async () => {
  const result = await inPage(`
    const { presign, file, failure } = tools;
    let asked = 0;
    const atLast = (...args) => { if ((asked += 1) < 3) throw new TypeError("Failed to fetch"); return presign(...args); };
    const stored = await worker.putObject(file, { key: input.key, keyring, presign: async (...args) => atLast(...args) });
    const thrown = await failure(worker.putObject(file, { key: input.key, keyring, presign: async () => { throw new Response("no", { status: 403 }); } }));
    return [asked, stored.key, thrown.code];
  `, { key: newName("worker") });
  assert.deepEqual([result[0], result[2]], [3, "presign-failed"]);
});

test("a signal stops the work in the worker, before and while it runs", async () => {
  const key = newName("worker");
  const result = await inPage(`
    const { presign, file, failure } = tools;
    const options = { key: input.key, presign, keyring };
    const reason = new RangeError("enough");
    const before = await failure(worker.putObject(file, { ...options, signal: AbortSignal.abort(reason) }));
    const controller = new AbortController();
    const during = await failure(worker.putObject(file, { ...options, signal: controller.signal, onProgress: () => controller.abort() }));
    return [String(before), during.name];
  `, { key });
  assert.deepEqual(result, ["RangeError: enough", "AbortError"]);
  // Nobody answers, and nobody has to wait for it.
  const hanging = await inPage(`
    const { presign, file, failure } = tools;
    const never = () => new Promise(() => {});
    const keyring = await worker.KmsKeyring.create({ keyId: "k", kms: { generateDataKey: never, decrypt: never } });
    const options = { key: input.key, presign, keyring };
    return (await failure(worker.putObject(file, { ...options, signal: AbortSignal.timeout(300) }))).name;
  `, { key });
  assert.equal(hanging, "TimeoutError");
  assert.equal(await harness.store.has(key), false);
});

test("what is freed is gone, and what is terminated rejects", async () => {
  const result = await inPage(`
    const { presign, file, failure, inWorker } = tools;
    const options = { key: input.key, presign };
    const freed = await worker.RawAesKeyring.fromKey(new Uint8Array(32));
    freed.free();
    const gone = await failure(worker.putObject(file, { ...options, keyring: freed }));
    const other = inWorker();
    const own = await other.RawAesKeyring.fromKey(new Uint8Array(32));
    const running = failure(other.putObject(file, { ...options, keyring: own, presign: () => new Promise(() => {}) }));
    other.terminate();
    return [gone.code, (await running).name, (await failure(other.engine())).name, await worker.engine()];
  `, { key: newName("worker") });
  assert.deepEqual(result, ["misuse", "AbortError", "AbortError", "stitched"]);
});

test("an object that is freed while it is read goes on with its signer and its signal", async () => {
  const key = newName("worker");
  harness.front.misbehave([null, cutResponse(MIB)]);
  const result = await inPage(`
    const { presign, file, failure, digest } = tools;
    const options = { key: input.key, presign, keyring };
    await worker.putObject(file, options);
    const object = await worker.getObject(options);
    const blob = object.blob();
    object.free();
    const whole = await digest(await blob) === await digest(file);
    const stop = new AbortController();
    const stopped = await worker.getObject({ ...options, signal: stop.signal, onProgress: () => stop.abort() });
    const aborted = failure(stopped.blob());
    stopped.free();
    return [whole, (await aborted)?.name];
  `, { key });
  assert.deepEqual(result, [true, "AbortError"]);
});

test("a worker that cannot start says so", async () => {
  const result = await inPage(`
    const { inWorker, failure, isPresealedError } = tools;
    const broken = inWorker(new Worker("/pkg/not-there.js", { type: "module" }));
    const error = await failure(broken.engine());
    return [error.code, isPresealedError(error)];
  `);
  assert.deepEqual(result, ["unsupported-browser", true]);
});

test("a worker that throws by itself is told as our fault, and ended", async () => {
  const script = "const alive = new BroadcastChannel('alive'); setInterval(() => alive.postMessage(1), 20); onmessage = () => { throw new Error('a bug'); };";
  harness.content("buggy.js", { bytes: script });
  const result = await inPage(`
    const { inWorker, failure } = tools;
    const broken = inWorker(new Worker("/e2e/content/buggy.js"));
    const error = await failure(broken.engine());
    let alive = 0;
    new BroadcastChannel("alive").onmessage = () => { alive += 1; };
    await new Promise((resolve) => setTimeout(resolve, 300));
    return [error.code, alive];
  `);
  assert.deepEqual(result, ["unreachable", 0]);
});

test("a stream goes on using the signal and the callbacks of its call, and ends with the worker", async () => {
  const result = await inPage(`
    const { file, failure, inWorker } = tools;
    const seen = [];
    const whole = await worker.encryptStream(file, { keyring, onProgress: ({ bytesDone }) => seen.push(bytesDone) });
    const { size } = await new Response(whole.body).blob();
    const controller = new AbortController();
    const bytes = new Uint8Array(await file.arrayBuffer());
    const stopped = [];
    for (const source of [file, bytes]) {
      const controller = new AbortController();
      const reader = (await worker.encryptStream(source, { keyring, signal: controller.signal })).body.getReader();
      await reader.read();
      controller.abort(new RangeError("enough"));
      const drained = async () => { while (!(await reader.read()).done); };
      stopped.push((await failure(drained()))?.name);
    }
    const other = inWorker();
    const own = await other.RawAesKeyring.fromKey(new Uint8Array(32));
    const reader = (await other.encryptStream(file, { keyring: own })).body.getReader();
    await reader.read();
    other.terminate();
    const ended = async () => { while (!(await reader.read()).done); };
    return [seen.at(-1) === size, seen.length > 1, ...stopped, (await failure(ended())).name];
  `);
  assert.deepEqual(result, [true, true, "RangeError", "RangeError", "AbortError"]);
});

test("clients and keyrings of a class work, and nothing else of them crosses", async () => {
  const result = await inPage(`
    const { presign, file, digest, inWorker } = tools;
    class Broker {
      #key = new Uint8Array(32).fill(9);
      config = { retry: () => 3 };
      async generateDataKey() { return { Plaintext: this.#key.slice(), CiphertextBlob: new Uint8Array(40) }; }
      async decrypt() { return { Plaintext: this.#key.slice() }; }
    }
    class Masks {
      secret = "not-for-the-worker";
      mask(bytes) { return bytes.map((byte) => byte ^ this.secret.charCodeAt(0)); }
      async wrapDataKey(dataKey) { return { wrapAlgorithm: "AES/GCM", ciphertext: this.mask(dataKey) }; }
      async unwrapDataKey({ ciphertext }) { return this.mask(ciphertext); }
    }
    const plain = { times: 0, ...tools.kmsBroker, async decrypt(input) { this.times += 1; return tools.kmsBroker.decrypt(input); } };
    const seen = [];
    const thread = new Worker("/pkg/worker.js", { type: "module" });
    const post = thread.postMessage;
    thread.postMessage = (message, ...rest) => {
      seen.push(JSON.stringify(message, (_, value) => (ArrayBuffer.isView(value) ? value.buffer.byteLength : value)));
      post.call(thread, message, ...rest);
    };
    const own = inWorker(thread);
    const opened = [];
    for (const keyring of [
      await own.KmsKeyring.create({ keyId: "k", kms: new Broker() }), new Masks(), await own.KmsKeyring.create({ keyId: input.kmsKeyId, kms: plain }),
      await own.RawAesKeyring.fromKey(new Uint8Array(1000).fill(7).subarray(100, 132)),
    ]) {
      const options = { key: input.key, presign, keyring };
      await own.putObject(file, options);
      opened.push(await digest(await (await own.getObject(options)).blob()));
    }
    own.terminate();
    const sent = seen.join();
    return { opened, times: plain.times, secret: sent.includes("not-for-the-worker"), whole: sent.includes("1000"), key: sent.includes(",32]") };
  `, { key: newName("worker"), kmsKeyId });
  assert.deepEqual(result, { opened: Array(4).fill(CONTENT.sha256), times: 1, secret: false, whole: false, key: true });
});

test("calls reject with the signal's own reason, also one that cannot cross", async () => {
  const result = await inPage(`
    const { file, failure } = tools;
    const same = [];
    for (const reason of [new RangeError("enough"), "enough", null, { why() {} }, new DOMException("enough", "DataError")]) {
      for (const before of [true, false]) {
        const controller = new AbortController();
        if (before) controller.abort(reason);
        const presign = () => { controller.abort(reason); return new Promise(() => {}); };
        const error = await failure(worker.putObject(file, { key: input.key, keyring, presign, signal: controller.signal }));
        same.push(Object.is(error, reason) || (reason === null && error === null));
      }
    }
    return same;
  `, { key: newName("worker") });
  assert.deepEqual(result, Array(10).fill(true));
});

test("what nobody can reach any more is freed, and nothing that is in use", { skip: browser !== "chromium" && "needs Chromium's DevTools" }, async () => {
  const { driver } = harness.browser;
  const collect = () => driver.sendDevToolsCommand("HeapProfiler.collectGarbage");
  await inPage(`
    const { presign, file, inWorker } = tools;
    const thread = new Worker("/pkg/worker.js", { type: "module" });
    const post = thread.postMessage;
    window.freed = 0;
    thread.postMessage = (message, ...rest) => { window.freed += message.free !== undefined; post.call(thread, message, ...rest); };
    const own = window.own = inWorker(thread);
    window.inUse = await own.RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
    const options = { key: input.key, presign, keyring: inUse };
    await own.putObject(file, options);
    for (let each = 0; each < 3; each += 1) await (await own.getObject(options)).blob();
    // Its object and its KMS keyring are reachable through the stream and the call alone.
    window.reader = (await (await own.getObject(options)).stream()).getReader();
    window.waiting = new Promise((resolve) => { window.goOn = resolve; });
    const kms = { ...tools.kmsBroker, generateDataKey: async (data) => { await waiting; return tools.kmsBroker.generateDataKey(data); } };
    window.put = own.encrypt(file, { keyring: await own.KmsKeyring.create({ keyId: input.kmsKeyId, kms }) });
  `, { key: newName("worker"), kmsKeyId });
  await collect();
  await driver.wait(() => driver.executeScript("return window.freed >= 3"), 10_000, "nothing was freed");
  const result = await inPage(`
    goOn();
    const { body } = await put;
    let bytes = 0;
    for (let step = await reader.read(); !step.done; step = await reader.read()) bytes += step.value.length;
    const again = (await own.encrypt(tools.file, { keyring: inUse })).body.size;
    own.terminate();
    return [body.size, bytes, again];
  `);
  assert.deepEqual(result, [CONTENT.bytes.length + 16, CONTENT.bytes.length, CONTENT.bytes.length + 16]);
});
