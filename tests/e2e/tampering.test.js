// What may have become of an object that was stored well: wrong keys, turned bits, lost bytes, hidden headers.
// Each has its code, and nothing is released: no blob, and no byte in a file.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { answer, cutResponse, flip, headers, hide, shorten, stallResponse } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, newKey, newName, withCanary } from "./support/content.js";
import { V2, clientSide } from "./support/protections.js";
import { server } from "./support/settings.js";
import { Store } from "./support/store.js";

const SIZE = MIB + 5;
const CONTENT = withCanary(SIZE);
const { kmsKeyId } = await new Store(server()).config();
const PROTECTIONS = clientSide(kmsKeyId);
const OBJECTS = {
  raw: PROTECTIONS["raw key"],
  "raw V2": { ...PROTECTIONS["raw key"], ...V2 },
  passphrase: PROTECTIONS.passphrase,
  KMS: PROTECTIONS.KMS,
  "KMS V2": { ...PROTECTIONS.KMS, ...V2 },
};
const keys = {};

let harness;
before(async () => {
  harness = await startHarness();
  harness.content("file", CONTENT);
  for (const [name, protection] of Object.entries(OBJECTS)) {
    keys[name] = newName("tampered");
    await harness.succeeds("put", { key: keys[name], content: "file", ...protection });
  }
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

/** Fails each way of reading, and leaves nothing behind. */
async function refuses(name, codes, { fault = null, changes = {} } = {}) {
  for (const way of ["blob", "file"]) {
    harness.front.misbehave([], fault);
    const { result, error } = await harness.call("get", { key: keys[name], way, ...OBJECTS[name], ...changes });
    assert.equal(result, undefined, `content was released (${way})`);
    assert.ok([codes].flat().includes(error.code), `${way}: ${JSON.stringify(error)}`);
    assert.ok(!error.leftBehind, `${error.leftBehind} bytes were left in the file`);
    assert.equal(error.name, "PresealedError");
  }
}

test("untouched, each opens", async () => {
  for (const [name, protection] of Object.entries(OBJECTS)) {
    const object = await harness.succeeds("get", { key: keys[name], ...protection });
    assert.equal(object.sha256, CONTENT.sha256, name);
  }
});

const otherKey = { kind: "raw", key: newKey().toString("base64") };
test("another key", () => refuses("raw", "unwrap-failed", { changes: { keyring: otherKey } }));
test("another key, V2", () => refuses("raw V2", "unwrap-failed", { changes: { keyring: otherKey } }));
test("another passphrase", () => refuses("passphrase", "unwrap-failed", {
  changes: { keyring: { ...OBJECTS.passphrase.keyring, passphrase: "correct horse battery stapler" } },
}));
test("another kind of keyring", () => refuses("KMS", "keyring-mismatch", { changes: { keyring: otherKey, encryptionContext: undefined } }));
test("another encryption context", () => refuses("KMS", "encryption-context-mismatch", { changes: { encryptionContext: { tenant: "t-43" } } }));
test("a KMS key that the broker does not use", () => refuses("KMS", "kms-failed", {
  changes: { keyring: { kind: "kms", keyId: "alias/other" } },
}));
test("no commitment, where the policy asks for it", () => refuses("raw V2", "commitment-required", { changes: { commitmentPolicy: undefined } }));
test("asked for as if it were not encrypted", async () => {
  await harness.fails("get", { key: keys.raw }, "envelope-unexpected");
});

for (const [name, at] of Object.entries({
  "first byte": 0, "middle": SIZE >> 1, "last byte": SIZE - 1, "tag's first byte": SIZE, "tag's last byte": -1,
})) {
  for (const object of ["raw", "raw V2", "passphrase", "KMS"]) {
    test(`a bit turned in the ${name}, ${object}`, () => refuses(object, "authentication-failed", { fault: flip(at) }));
  }
}

test("cut, and its length says so", () => refuses("raw", ["authentication-failed", "truncated"], { fault: shorten(1000) }));
test("cut in front of the tag", () => refuses("raw", ["authentication-failed", "truncated"], { fault: shorten(16) }));
test("shorter than a tag", () => refuses("raw", ["truncated", "envelope-invalid"], { fault: shorten(SIZE + 6) }));
test("the connection breaks each time", () => refuses("raw", "network", { fault: cutResponse(0) }));

// One bit of each value, in the envelope of each format: which code it is depends on what the value is for.
const INVALID = ["envelope-invalid", "unsupported-format", "envelope-missing"];
const VALUES = {
  raw: { c: INVALID, 3: ["unwrap-failed"], w: [...INVALID, "keyring-mismatch"], d: ["commitment-mismatch"], i: ["commitment-mismatch"] },
  passphrase: { m: ["unwrap-failed", "envelope-invalid", "keyring-mismatch"] },
  KMS: { 3: ["kms-failed"], t: ["encryption-context-mismatch", "envelope-invalid"] },
  "raw V2": {
    "key-v2": ["unwrap-failed"], iv: ["authentication-failed"], "cek-alg": INVALID,
    "wrap-alg": [...INVALID, "keyring-mismatch"], "tag-len": INVALID,
  },
  "KMS V2": { "key-v2": ["kms-failed"], matdesc: [...INVALID, "encryption-context-mismatch"] },
};

/** Another character of the same alphabet in the middle of the value, or of its first value for a map. */
function turn(value) {
  const at = value.startsWith("{") ? value.indexOf(":") + 3 : Math.floor(value.length / 2);
  const other = value[at] === "A" ? "B" : /[0-9]/.test(value[at]) ? String((Number(value[at]) + 1) % 10) : "A";
  return value.slice(0, at) + other + value.slice(at + 1);
}

for (const [object, values] of Object.entries(VALUES)) {
  for (const [short, codes] of Object.entries(values)) {
    const name = `x-amz-meta-x-amz-${short}`;
    test(`${name} of ${object}, changed`, () => {
      const fault = headers((all) => {
        assert.ok(all[name], `there is no ${name}`);
        return { ...all, [name]: turn(all[name]) };
      });
      return refuses(object, codes, { fault });
    });
    if (short === "tag-len") continue; // says what the suite says already: an object without it opens
    test(`${name} of ${object}, removed`, () => {
      const fault = hide(new RegExp(`^${name}$`));
      const missing = ["envelope-missing", "envelope-invalid", "unsupported-format", "commitment-mismatch", "encryption-context-mismatch", "unwrap-failed", "keyring-mismatch", "kms-failed"];
      return refuses(object, missing, { fault });
    });
  }
}

test("hidden by CORS: the message says so", async () => {
  harness.front.misbehave([], hide(/^x-amz-meta-/));
  const error = await harness.fails("get", { key: keys.raw, ...OBJECTS.raw }, "envelope-missing");
  assert.match(error.message, /CORS/);
  assert.match(error.message, /ExposeHeaders/);
});

test("where CORS hides everything, what is asked for as plain is not taken for it", async () => {
  const key = newName("hidden");
  await harness.succeeds("put", { key, content: "file", clientSideEncryption: "none", serverSideEncryption: { mode: "SSE-S3" } });
  await harness.succeeds("get", { key, clientSideEncryption: "none" });
  for (const hidden of [key, keys.raw]) {
    harness.front.misbehave([], hide(/^(x-amz-meta-.*|etag)$/));
    await harness.fails("get", { key: hidden, clientSideEncryption: "none" }, "etag-hidden");
    harness.front.behave();
  }
});

test("there is no such object", async () => {
  const error = await harness.fails("get", { key: newName("none"), ...OBJECTS.raw }, "http-status");
  assert.deepEqual([error.status, error.serviceCode], [404, "NoSuchKey"]);
});

test("reading, too, is tried again after a 500", async () => {
  harness.front.misbehave([answer(500), answer(503)]);
  const object = await harness.succeeds("get", { key: keys.raw, ...OBJECTS.raw });
  assert.equal(object.sha256, CONTENT.sha256);
  assert.deepEqual(harness.front.toStore.map(({ status }) => status), [500, 503, 200]);
});

for (const way of ["blob", "file"]) {
  test(`stopped while it downloads, ${way}`, async () => {
    harness.front.misbehave([], stallResponse(SIZE >> 1));
    const { result, error } = await harness.call("get", { key: keys.raw, way, stopAt: { phase: "download" }, ...OBJECTS.raw });
    assert.equal(result, undefined);
    assert.equal(error.name, "AbortError");
    assert.ok(!error.leftBehind);
  });
}
