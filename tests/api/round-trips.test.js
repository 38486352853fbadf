// What one call seals the other opens, with every keyring, suite and size, and the metadata says what happened.
import { equal, ok, test } from "./runner.js";
import { heldKey, keyringThatMasks, kmsThatRemembers } from "./support/keys.js";
import { blobOf, bytesOf, kmsKeyring, MIB, noise, readText, Stored, V2_POLICY, V3_POLICY } from "./support/objects.js";
import { presealed } from "./support/package.js";

const { PassphraseKeyring, RawAesKeyring, encrypt } = presealed;

async function assertRoundTrips(given, wrapAlgorithm) {
  for (const [commitmentPolicy, format] of [[V3_POLICY, "V3"], [V2_POLICY, "V2"]]) {
    const options = { ...given, commitmentPolicy };
    for (const length of [0, 1, 16, 5 * MIB + 3]) {
      const content = noise(length);
      const stored = await Stored.seal(content, options);
      equal(stored.body.length, length + 16);
      const opened = await stored.open(options);
      equal(opened.contentLength, length);
      equal([opened.envelope.format, opened.envelope.wrapAlgorithm], [format, wrapAlgorithm]);
      equal(await bytesOf(await opened.blob()), content, `${format}, ${length} bytes`);
    }
  }
}

const ofKey = (key) => ({ keyring: RawAesKeyring.fromKey(key, { materialDescription: { kek: "2026/é" } }) });

test("raw keys of every length", async () => {
  for (const bytes of [16, 24, 32]) await assertRoundTrips(ofKey(noise(bytes)), "AES/GCM");
});

test("a key that cannot be extracted", async () => {
  await assertRoundTrips(ofKey(await heldKey(["encrypt", "decrypt"])), "AES/GCM");
});

test("passphrases in any Unicode form", async () => {
  const keyring = (words) => PassphraseKeyring.fromPassphrase(words, { memoryKib: 19_456, iterations: 2 });
  const composed = { keyring: keyring("p\u{e4}sse") };
  await assertRoundTrips(composed, "AES/GCM");
  const stored = await Stored.seal("content", composed);
  equal(await readText(await stored.open({ keyring: keyring("pa\u{308}sse") })), "content");
});

test("KMS with its context", async () => {
  const kms = kmsThatRemembers();
  await assertRoundTrips({ keyring: kmsKeyring(kms), encryptionContext: { department: "10", naïve: "\u{6f22}" } }, "kms+context");
  const { KeyId, KeySpec, EncryptionContext } = kms.calls[0];
  equal([KeyId, KeySpec, EncryptionContext.naïve, EncryptionContext["aws:x-amz-cek-alg"]], ["alias/test", "AES_256", "\u{6f22}", "115"]);
});

test("a keyring of the caller's", async () => {
  const keyring = keyringThatMasks();
  await assertRoundTrips({ keyring }, "AES/GCM");
  equal(keyring.calls[0].algorithmSuite, "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY");
});

test("two seals share nothing", async () => {
  const options = ofKey(new Uint8Array(32).fill(7));
  const [one, other] = [await Stored.seal(new Uint8Array(64), options), await Stored.seal(new Uint8Array(64), options)];
  ok(one.body.some((byte, at) => byte !== other.body[at]), "the same ciphertext");
  for (const name of ["3", "i", "d"]) ok(one.headers[`x-amz-meta-x-amz-${name}`] !== other.headers[`x-amz-meta-x-amz-${name}`], name);
});

test("the caller's key is copied and left alone", async () => {
  const key = new Uint8Array(32).fill(7);
  const options = ofKey(key);
  equal(key, new Uint8Array(32).fill(7));
  key.fill(0);
  const stored = await Stored.seal("content", options);
  equal(await readText(await stored.open(ofKey(new Uint8Array(32).fill(7)))), "content");
});

test("encrypt reports progress up to the total", async () => {
  const reports = [];
  const length = 20 * MIB;
  await encrypt(blobOf(noise(length)), { ...ofKey(new Uint8Array(32).fill(7)), onProgress: (report) => reports.push(report) });
  const done = reports.map(({ bytesDone }) => bytesDone);
  ok(done.length >= 2 && done.every((bytes, at) => at === 0 || done[at - 1] <= bytes), done.join());
  equal(done.at(-1), length + 16);
  ok(reports.every(({ phase }) => phase === "encrypt"));
});
