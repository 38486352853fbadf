// After a call, none of the secrets that it had is left in the memory of wasm, whatever the engine.
import assert from "node:assert/strict";
import { createCipheriv, generateKeyPairSync, hkdfSync, randomBytes } from "node:crypto";
import { test } from "node:test";
import { presealed, wasm } from "./support/package.js";

const { memory } = await presealed.default(wasm());
const CONTENT = new Uint8Array(1_000_003).fill(7);
const V2 = "forbid-encrypt-allow-decrypt";

const settled = () => new Promise((resolve) => { setTimeout(resolve, 30); });

/** Fails for secrets that are in memory, by their names. */
async function assertNoneLeft(secrets) {
  await settled();
  const bytes = Buffer.from(memory.buffer);
  const left = Object.entries(secrets).filter(([, secret]) => bytes.includes(secret)).map(([name]) => name);
  assert.deepEqual(left, []);
}

/** `E_K` of one block. */
function block(key, plaintext) {
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  return cipher.update(plaintext);
}

/** What there is to find of an object, given its data key. */
function secretsOf(dataKey, headers) {
  const id = headers["x-amz-meta-x-amz-i"];
  const iv = id ? Buffer.alloc(12, 1) : Buffer.from(headers["x-amz-meta-x-amz-iv"], "base64");
  const contentKey = id
    ? Buffer.from(hkdfSync("sha512", dataKey, Buffer.from(id, "base64"), Buffer.from("\x00\x73DERIVEKEY", "latin1"), 32))
    : dataKey;
  const mask = block(contentKey, Buffer.concat([iv, Buffer.from([0, 0, 0, 1])]));
  return { dataKey, contentKey, hashKey: block(contentKey, Buffer.alloc(16)), mask };
}

async function all(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

const response = ({ headers }, body) => new Response(body, { headers: { ...headers, "content-length": String(body.length) } });

/** Each kind of call that has the key of some content, with what it had. */
async function* calls(options, dataKey) {
  const sealed = await presealed.encrypt(CONTENT, options);
  yield secretsOf(dataKey(), sealed.headers);
  const streamed = await presealed.encryptStream(new Blob([CONTENT]), options);
  const body = await all(streamed.body);
  yield secretsOf(dataKey(), streamed.headers);
  const reading = { ...options, commitmentPolicy: "require-encrypt-allow-decrypt" };
  const object = await presealed.openObject(response(streamed, body), reading);
  assert.deepEqual(Buffer.from(await (await object.blob()).arrayBuffer()), Buffer.from(CONTENT));
  yield secretsOf(dataKey(), streamed.headers);
  object.free();
  const other = await presealed.openObject(response(streamed, body), reading);
  await all(await other.stream());
  yield secretsOf(dataKey(), streamed.headers);
  body[9] ^= 1;
  const changed = await presealed.openObject(response(streamed, body), reading);
  await assert.rejects(changed.blob(), { code: "authentication-failed" });
  yield secretsOf(dataKey(), streamed.headers);
}

test("what is in memory is found", async () => {
  const key = randomBytes(32);
  const keyring = presealed.RawAesKeyring.fromKey(new Uint8Array(key));
  await assert.rejects(assertNoneLeft({ key }), /key/);
  keyring.free();
  await assertNoneLeft({ key });
});

for (const engine of ["stitched", "ctr+ghash", "software"]) {
  for (const commitmentPolicy of ["require-encrypt-require-decrypt", V2]) {
    test(`no content key is left by ${engine} under ${commitmentPolicy}`, async () => {
      let last;
      const keyring = {
        wrapDataKey: async (dataKey) => { last = Buffer.from(dataKey); return { wrapAlgorithm: "AES/GCM", ciphertext: new Uint8Array(60) }; },
        unwrapDataKey: async () => new Uint8Array(last),
      };
      for await (const secrets of calls({ keyring, engine, commitmentPolicy }, () => last)) await assertNoneLeft(secrets);
    });
  }
}

test("no data key of a KMS is left, nor its plaintext", async () => {
  const plaintext = randomBytes(32);
  const kms = {
    generateDataKey: async () => ({ Plaintext: new Uint8Array(plaintext), CiphertextBlob: new Uint8Array(8) }),
    decrypt: async () => ({ Plaintext: new Uint8Array(plaintext) }),
  };
  const keyring = new presealed.KmsKeyring({ keyId: "k", kms });
  for await (const secrets of calls({ keyring }, () => plaintext)) await assertNoneLeft(secrets);
});

test("no wrapping key is left by a keyring that is gone", async () => {
  for (const bytes of [16, 24, 32]) {
    const key = randomBytes(bytes);
    const keyring = presealed.RawAesKeyring.fromKey(new Uint8Array(key));
    const sealed = await presealed.encrypt(CONTENT, { keyring });
    const body = Buffer.from(await sealed.body.arrayBuffer());
    await (await presealed.openObject(response(sealed, body), { keyring })).blob();
    keyring.free();
    await assertNoneLeft({ key });
  }
});

test("no passphrase is left by a keyring that is gone", async () => {
  for (const passphrase of [`correct horse ${randomBytes(9).toString("hex")}`, `пароль-${randomBytes(9).toString("hex")}-пароль`]) {
    const keyring = presealed.PassphraseKeyring.fromPassphrase(passphrase, { memoryKib: 19456, iterations: 2 });
    await presealed.encrypt(CONTENT, { keyring });
    keyring.free();
    const text = Buffer.from(passphrase);
    await assertNoneLeft({ passphrase: text, start: text.subarray(0, 12), middle: text.subarray(12, 24) });
  }
});

test("no PEM is left, nor what is in it", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  for (const text of [pem, pem.replaceAll("\n", "\\n")]) {
    const keyring = await presealed.RawRsaKeyring.fromKeys({ privateKey: text });
    await assertNoneLeft({ line: Buffer.from(pem.split("\n")[5]), der: der.subarray(200, 264) });
    keyring.free();
  }
});
