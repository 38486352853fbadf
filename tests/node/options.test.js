// What a call is given is taken whole, at the call, and refused before anything is done with it.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { codeOf, outcome, presealed, wasm } from "./support/package.js";
import { Store } from "./support/store.js";

const { RawAesKeyring, PassphraseKeyring, KmsKeyring, KeyringSelector, encrypt, encryptStream, getObject, getUnauthenticatedRange, inspectObject, openObject, putObject, rewrapInstructionFile, abortUpload } = presealed;
const keyring = (byte = 1, options) => RawAesKeyring.fromKey(new Uint8Array(32).fill(byte), options);
const cheap = { memoryKib: 19456, iterations: 2 };
let store;
before(() => presealed.default(wasm()));
const fresh = () => (store = new Store().install());

const stored = async (key) => (await (await getObject({ key, keyring: keyring(), presign: store.presign })).blob()).text();

test("options may be used for the next call while the last is under way", async () => {
  fresh();
  const options = { keyring: keyring(), presign: store.presign };
  const all = [];
  for (const name of ["a", "b", "c"]) {
    options.key = name;
    all.push(putObject(new Blob([name]), options));
  }
  assert.deepEqual((await Promise.all(all)).map(({ key }) => key), ["a", "b", "c"]);
  assert.equal(await stored("a") + await stored("b"), "ab");
});

test("bytes may be wiped after the call", async () => {
  fresh();
  const bytes = () => new TextEncoder().encode("as it was");
  const put = bytes();
  const putting = putObject(put, { key: "k", keyring: keyring(), presign: store.presign });
  put.fill(0);
  await putting;
  assert.equal(await stored("k"), "as it was");
  for (const call of [encrypt, encryptStream]) {
    const source = bytes();
    const encrypting = call(source, { keyring: keyring() });
    source.fill(0);
    const { body, headers, contentLength } = await encrypting;
    const response = new Response(body, { headers: { ...headers, "content-length": String(contentLength) } });
    const object = await openObject(response, { keyring: keyring() });
    assert.equal(await (await object.blob()).text(), "as it was", call.name);
  }
});

test("bytes that are lent are read where they are", async () => {
  const source = new Uint8Array(5);
  const encrypting = encryptStream(source, { keyring: keyring(), lendSource: true });
  source.fill(7);
  const { body, headers, contentLength } = await encrypting;
  const object = await openObject(new Response(body, { headers: { ...headers, "content-length": String(contentLength) } }), { keyring: keyring() });
  assert.deepEqual(new Uint8Array(await (await object.blob()).arrayBuffer()), source);
});

test("a keyring may be freed after the call", async () => {
  fresh();
  const own = keyring();
  const putting = putObject(new Blob(["x"]), { key: "k", keyring: own, presign: store.presign });
  own.free();
  await putting;
  assert.equal(await stored("k"), "x");
});

/** Every option that any call has, with something that it may be. */
const EVERY = {
  keyring: 1, key: "k", presign: () => {}, signal: new AbortController().signal, onProgress: () => {}, clientSideEncryption: "none", encryptionContext: {},
  commitmentPolicy: "require-encrypt-allow-decrypt", algorithmSuite: "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY", engine: "software", envelopeIn: "metadata",
  enableLegacyUnauthenticatedModes: true, instructionFile: {}, contentType: "text/plain", metadata: {}, ifNoneMatch: "*", checksum: "none", multipart: {},
  onCheckpoint: () => {}, resume: {}, serverSideEncryption: { mode: "SSE-S3" }, ranges: {}, range: { start: 0 }, newKeyring: 1, newEncryptionContext: {},
  enforceRotation: true, newSuffix: ".x", lendSource: true, ifMatch: '"e"', storeOnPageOrigin: true, enableLegacyCbcUnderGcmKeys: true, checkpoints: {},
};
const READING = ["keyring", "encryptionContext", "commitmentPolicy", "engine", "enableLegacyUnauthenticatedModes", "enableLegacyCbcUnderGcmKeys", "instructionFile", "signal"];
const WRITING = ["keyring", "encryptionContext", "commitmentPolicy", "algorithmSuite", "engine", "envelopeIn", "signal", "onProgress"];
const STORE = ["key", "presign", "storeOnPageOrigin"];
const CALLS = [
  ["putObject", (options) => putObject(new Blob(["x"]), options), [...WRITING, ...STORE, "contentType", "metadata", "ifNoneMatch", "ifMatch", "checksum", "multipart", "onCheckpoint", "resume", "checkpoints", "serverSideEncryption", "clientSideEncryption"]],
  ["getObject", getObject, [...READING, ...STORE, "onProgress", "ranges", "serverSideEncryption", "clientSideEncryption"]],
  ["getUnauthenticatedRange", (options) => getUnauthenticatedRange({ range: { start: 0 }, ...options }), [...READING, ...STORE, "range", "serverSideEncryption"]],
  ["inspectObject", inspectObject, [...STORE, "signal", "instructionFile", "serverSideEncryption"]],
  ["encrypt", (options) => encrypt(new Blob(["x"]), options), [...WRITING, "lendSource"]],
  ["encryptStream", (options) => encryptStream(new Blob(["x"]), options), [...WRITING, "lendSource"]],
  ["openObject", (options) => openObject(new Response("x"), options), [...READING, "onProgress"]],
  ["rewrapInstructionFile", (options) => rewrapInstructionFile({ newKeyring: keyring(2), ...options }),
    [...READING.filter((name) => name !== "engine"), ...STORE, "newKeyring", "newEncryptionContext", "enforceRotation", "newSuffix", "checksum", "serverSideEncryption"]],
  ["abortUpload", (options) => abortUpload({ resume: { key: "k", uploadId: "u" }, ...options }), ["presign", "storeOnPageOrigin", "resume", "signal"]],
];

for (const [name, call, own] of CALLS) {
  test(`${name} refuses the options of other calls before it does anything`, async () => {
    fresh();
    let presigned = 0;
    const presign = (request) => { presigned += 1; return store.presign(request); };
    const given = Object.fromEntries([["keyring", keyring()], ["key", "k"], ["presign", presign]].filter(([option]) => own.includes(option)));
    for (const [option, value] of Object.entries(EVERY)) {
      if (own.includes(option)) continue;
      const { code, message } = await outcome(() => call({ ...given, [option]: value }));
      assert.equal(code, "misuse", option);
      assert.match(message, new RegExp(`\\b${option}\\b`), option);
    }
    assert.equal(presigned, 0);
  });
}

test("what is wrong is refused before keys are made or derived", async () => {
  fresh();
  let asked = 0;
  const kms = { generateDataKey: async () => { asked += 1; return {}; }, decrypt: async () => { asked += 1; return {}; } };
  const common = { key: "k", presign: (request) => { asked += 1; return store.presign(request); }, keyring: new KmsKeyring({ keyId: "k", kms }) };
  const source = new Blob(["x"]);
  for (const wrong of [
    { envelopeIn: "x" }, { metadata: { "x-amz-key": "v" } }, { metadata: { a: "\n" } }, { contentType: "a\nb" }, { checksum: "MD5" }, { multipart: { partSize: 1 } },
    { multipart: { threshold: 6 * 2 ** 30 } }, { engine: "fast" }, { ifNoneMatch: "x" }, { serverSideEncryption: { mode: "SSE-KMS", keyId: "a b" } },
    { key: "k".repeat(1020), envelopeIn: "instruction-file" }, { key: "a/../b" }, { resume: {} }, { signal: {} },
  ]) assert.equal(await codeOf(() => putObject(source, { ...common, ...wrong })), "misuse", JSON.stringify(wrong).slice(0, 60));
  for (const wrong of [{ ranges: { rangeSize: 1 } }, { instructionFile: { suffix: "x" } }, { key: "." }]) {
    assert.equal(await codeOf(() => getObject({ ...common, ...wrong })), "misuse", JSON.stringify(wrong));
  }
  assert.equal(asked, 0);
});

test("an empty media type is as good as none", async () => {
  fresh();
  await putObject(new File(["x"], "scene.blend"), { key: "k", keyring: keyring(), presign: store.presign, contentType: "" });
  assert.equal(store.objects.get("k").headers["content-type"], "application/octet-stream");
});

test("a string with half of a surrogate pair is refused wherever it is given", async () => {
  fresh();
  const [half, common] = ["x\ud800", { key: "k", keyring: keyring(), presign: store.presign }];
  const source = new Blob(["x"]);
  const kms = { generateDataKey: async () => assert.fail("asked"), decrypt: async () => assert.fail("asked") };
  const calls = {
    key: () => putObject(source, { ...common, key: half }),
    metadata: () => putObject(source, { ...common, metadata: { a: half } }),
    contentType: () => putObject(source, { ...common, contentType: half }),
    context: () => putObject(source, { ...common, keyring: new KmsKeyring({ keyId: "k", kms }), encryptionContext: { a: half } }),
    contextName: () => putObject(source, { ...common, keyring: new KmsKeyring({ keyId: "k", kms }), encryptionContext: { [half]: "a" } }),
    keyId: () => new KmsKeyring({ keyId: half, kms }),
    description: () => keyring(1, { materialDescription: { a: half } }),
    passphrase: () => PassphraseKeyring.fromPassphrase(half, cheap),
    suffix: () => getObject({ ...common, instructionFile: { suffix: `.${half}` } }),
    instructionFile: () => openObject(new Response("x"), { keyring: keyring(), instructionFile: half }),
    url: () => putObject(source, { ...common, presign: async () => ({ url: `https://store.test/${half}` }) }),
  };
  for (const [what, call] of Object.entries(calls)) {
    assert.equal(await codeOf(call), what === "url" ? "presign-failed" : "misuse", what);
  }
  // The replacement character itself is a character like any other.
  assert.equal((await putObject(source, { ...common, key: "x\ufffd" })).key, "x\ufffd");
});

const POLLUTED = {
  ...EVERY, memoryKib: 19456, iterations: 2, parallelism: 2, materialDescription: { a: "b" }, enableLegacyWrappingAlgorithms: true, suffix: ".x", fetch: false,
  threshold: 0, partSize: 5 << 20, concurrency: 1, rangeSize: 1 << 20, start: 0, end: 1, mode: "SSE-S3", keyId: "k", bucketKeyEnabled: true,
  headers: { "x-extra": "1" }, url: "https://elsewhere.test/", Plaintext: new Uint8Array(32).fill(9), CiphertextBlob: new Uint8Array(9), wrapAlgorithm: "AES/GCM", ciphertext: new Uint8Array(9),
};

test("what was added to Object.prototype is no option, and no answer", async () => {
  fresh();
  await putObject(new Blob(["old"]), { key: "v2", keyring: keyring(), presign: store.presign, commitmentPolicy: "forbid-encrypt-allow-decrypt" });
  const custom = { wrapDataKey: async () => ({}), unwrapDataKey: async () => null };
  const kms = { generateDataKey: async () => ({}), decrypt: async () => ({}) };
  const observed = async () => ({
    read: await codeOf(() => getObject({ key: "v2", keyring: keyring(), presign: store.presign })),
    missing: await codeOf(() => putObject(new Blob(["secret"]), { key: "n", presign: store.presign })),
    noKey: await codeOf(() => putObject(new Blob(["secret"]), { keyring: keyring(), presign: store.presign })),
    noPresign: await codeOf(() => putObject(new Blob(["secret"]), { key: "n", keyring: keyring() })),
    noUrl: await codeOf(() => putObject(new Blob(["x"]), { key: "n", keyring: keyring(), presign: async () => ({}) })),
    put: { ...await putObject(new Blob(["x"]), { key: "w", keyring: keyring(), presign: store.presign }), eTag: "" },
    sent: (({ sent: { "x-amz-meta-x-amz-3": _, "x-amz-meta-x-amz-d": __, "x-amz-meta-x-amz-i": ___, ...rest } }) => Object.keys(rest).sort())(store.log.at(-1)),
    cost: (await encrypt(new Blob(["x"]), { keyring: PassphraseKeyring.fromPassphrase("x") })).envelope.materialDescription["presealed-memory-kib"],
    custom: await codeOf(() => encrypt(new Blob(["x"]), { keyring: custom })),
    kms: await codeOf(() => encrypt(new Blob(["x"]), { keyring: new KmsKeyring({ keyId: "k", kms }) })),
    noKeyId: await codeOf(() => new KmsKeyring({ kms })),
    checkpoint: await codeOf(() => putObject(new Blob(["x"]), { key: "k", keyring: keyring(), presign: store.presign, resume: {}, onCheckpoint() {} })),
    selector: await codeOf(() => KeyringSelector.of(keyring(1), [keyring(2)])),
  });
  const clean = await observed();
  assert.deepEqual([clean.read, clean.missing, clean.noKey, clean.noPresign, clean.noUrl, clean.custom, clean.kms], ["commitment-required", "misuse", "misuse", "misuse", "presign-failed", "misuse", "kms-failed"]);
  for (const [name, value] of Object.entries(POLLUTED)) {
    Object.prototype[name] = value;
    try {
      assert.deepEqual(await observed(), clean, name);
    } finally {
      delete Object.prototype[name];
    }
  }
  assert.equal(store.objects.get("n"), undefined);
});

test("options may be inherited from what is no root, and read by getters", async () => {
  fresh();
  class Defaults {
    keyring = keyring();
    get presign() { return store.presign; }
  }
  const options = Object.assign(Object.create(new Defaults()), { key: "k" });
  await putObject(new Blob(["x"]), options);
  const nothing = Object.assign(Object.create(null), { key: "k", keyring: keyring(), presign: store.presign });
  assert.equal(await (await (await getObject(nothing)).blob()).text(), "x");
});

test("what only looks like a value of the platform is refused, and nothing hangs", async () => {
  fresh();
  const revoked = () => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; };
  const throwing = (name) => Object.defineProperty({}, name, { enumerable: true, get() { throw new Error("a getter of the caller's"); } });
  class Liar extends Uint8Array { get length() { throw new Error("a getter of the caller's"); } }
  const fakes = [
    Object.create(Uint8Array.prototype), new Proxy(new Uint8Array(32), {}), Object.create(Blob.prototype), Object.create(File.prototype), Object.create(CryptoKey.prototype),
    Object.create(AbortSignal.prototype), Object.create(Response.prototype), revoked(), throwing("key"), throwing("size"), new Uint8Array(new SharedArrayBuffer(32)), 0, "x", Symbol("x"), () => {}, null, undefined,
  ];
  const common = () => ({ key: "k", keyring: keyring(), presign: store.presign });
  const places = {
    source: (fake) => putObject(fake, common()), encrypted: (fake) => encrypt(fake, common()), options: (fake) => getObject(fake), key: (fake) => RawAesKeyring.fromKey(fake),
    signal: (fake) => getObject({ ...common(), signal: fake ?? 1 }), response: (fake) => openObject(fake, { keyring: keyring() }), others: (fake) => KeyringSelector.of(keyring(), fake),
    keyring: (fake) => getObject({ ...common(), keyring: fake }), metadata: (fake) => putObject(new Blob(["x"]), { ...common(), metadata: fake ?? 1 }),
    presigned: (fake) => getObject({ ...common(), presign: () => fake }), plaintext: (fake) => encrypt(new Blob(["x"]), { keyring: new KmsKeyring({ keyId: "k", kms: { generateDataKey: () => ({ Plaintext: fake, CiphertextBlob: fake }), decrypt() {} } }) }),
    wrapped: (fake) => encrypt(new Blob(["x"]), { keyring: { wrapDataKey: () => ({ wrapAlgorithm: "AES/GCM", ciphertext: fake }), unwrapDataKey() {} } }),
    answer: (fake) => encrypt(new Blob(["x"]), { keyring: { wrapDataKey: () => fake, unwrapDataKey() {} } }),
    file: (fake) => openObject(new Response("x"), { keyring: keyring(), instructionFile: fake ?? 1 }),
  };
  const calls = Object.entries(places).flatMap(([place, call]) => fakes.map((fake) => [place, fake, outcome(() => call(fake), 60_000)]));
  for (const [place, fake, ends] of calls) {
    const { hangs, error, code } = await ends;
    const what = `${place}: ${typeof fake} ${fakes.indexOf(fake)}`;
    assert.ok(!hangs, `${what} hangs`);
    if (error) assert.ok(presealed.isPresealedError(error) && code !== "unreachable", `${what}: ${error?.stack ?? error}`);
  }
  const liar = new Liar(32);
  await putObject(liar, common());
  assert.equal((await (await getObject(common())).blob()).size, 32);
});
