// Keys that do not fit, and callbacks that fail: each with its code and cause, and before any content is touched.
import { equal, is, test } from "./runner.js";
import {
  bytesTransferredAway, heldKey, keyringThatDeclines, keyringThatMasks, keyringThatThrows, keyringThatTransfers, kmsThatAnswers, kmsThatRemembers,
  kmsThatRepeatsItself, kmsThatThrows, kmsThatTransfersAway,
} from "./support/keys.js";
import { blobOf, codeOf, errorOf, kmsKeyring, rawKeyring, readText, Stored, V2_POLICY } from "./support/objects.js";
import { presealed } from "./support/package.js";

const { PassphraseKeyring, RawAesKeyring, encrypt, openObject } = presealed;
const of = (keyring) => ({ keyring });
const ofKms = (kms) => of(kmsKeyring(kms));
const passphrase = (words) => of(PassphraseKeyring.fromPassphrase(words, { memoryKib: 19_456, iterations: 2 }));
const seal = (options) => Stored.seal("content", options);
const sealing = (options) => encrypt(blobOf("content"), options);

test("another key does not open", async () => {
  for (const commitmentPolicy of ["require-encrypt-allow-decrypt", V2_POLICY]) {
    const under = (options) => ({ ...options, commitmentPolicy });
    const stored = await seal(under(of(rawKeyring(7))));
    const refusal = (options) => stored.refusal(under(options));
    equal(await refusal(of(rawKeyring(8))), "unwrap-failed");
    equal(await refusal(passphrase("words")), "keyring-mismatch");
    equal(await refusal(ofKms(kmsThatRemembers())), "keyring-mismatch");
    const declining = keyringThatDeclines();
    equal(await refusal(of(declining)), "keyring-mismatch");
    equal(declining.calls, 1);
  }
});

test("another passphrase does not open", async () => {
  const stored = await seal(passphrase("words"));
  equal(await stored.refusal(passphrase("Words")), "unwrap-failed");
});

test("another context does not open", async () => {
  const options = ofKms(kmsThatRemembers());
  const context = { department: "10" };
  const stored = await seal({ ...options, encryptionContext: context });
  for (const other of [{ department: "11" }, {}, { ...context, more: "1" }]) {
    equal(await stored.refusal({ ...options, encryptionContext: other }), "encryption-context-mismatch");
  }
});

test("raw keys refuse a context", async () => {
  equal(await codeOf(sealing({ ...of(rawKeyring(7)), encryptionContext: { a: "b" } })), "misuse");
});

test("the policy is asked before the keyring", async () => {
  const stored = await seal({ ...of(keyringThatMasks()), commitmentPolicy: V2_POLICY });
  const keyring = keyringThatDeclines();
  equal(await stored.refusal(of(keyring)), "commitment-required");
  equal(keyring.calls, 0, "the keyring was asked");
});

test("what KMS throws is the cause", async () => {
  const cause = new Error("AccessDeniedException");
  const refusing = ofKms(kmsThatThrows(cause));
  const stored = await seal(ofKms(kmsThatRemembers()));
  for (const call of [() => sealing(refusing), () => openObject(stored.response(), refusing)]) {
    const error = await errorOf(call);
    equal(error.code, "kms-failed");
    is(error.cause, cause);
  }
});

test("KMS answers 32 bytes or nothing", async () => {
  const stored = await seal(ofKms(kmsThatRemembers()));
  for (const bytes of [0, 16, 31, 33]) {
    const options = ofKms(kmsThatAnswers(bytes));
    equal(await codeOf(sealing(options)), "kms-failed", `${bytes} bytes`);
    equal(await stored.refusal(options), "kms-failed", `${bytes} bytes`);
  }
});

// The answer's array is wiped: what a cache gives the second time must not become a key that everybody knows.
test("an answer that was wiped is no data key", async () => {
  const options = ofKms(kmsThatRepeatsItself());
  const stored = await seal(options);
  equal(await codeOf(sealing(options)), "kms-failed");
  equal(await stored.refusal(options), "kms-failed");
});

// Copying from an array without a buffer throws, through wasm, and nobody would hear of the call again.
test("bytes that were transferred away end in an answer", async () => {
  const transferring = of(keyringThatTransfers());
  equal(await readText(await (await seal(transferring)).open(transferring)), "content");
  const away = ofKms(kmsThatTransfersAway());
  const stored = await seal(ofKms(kmsThatRemembers()));
  equal(await codeOf(sealing(away)), "kms-failed");
  equal(await stored.refusal(away), "kms-failed");
  equal(await codeOf(() => RawAesKeyring.fromKey(bytesTransferredAway())), "misuse");
});

test("what a custom keyring throws is the cause", async () => {
  const cause = {};
  const stored = await seal(of(keyringThatMasks()));
  const throwing = of(keyringThatThrows(cause));
  for (const [call, code] of [
    [() => sealing(throwing), "wrap-failed"], [() => openObject(stored.response(), throwing), "unwrap-failed"],
  ]) {
    const error = await errorOf(call);
    equal(error.code, code);
    is(error.cause, cause);
  }
  equal(await codeOf(sealing(of(keyringThatDeclines()))), "misuse");
});

test("a freed keyring is refused", async () => {
  const keyring = rawKeyring(7);
  keyring.free();
  equal(await codeOf(sealing(of(keyring))), "misuse");
});

test("a key without the usage is refused", async () => {
  const reading = RawAesKeyring.fromKey(await heldKey(["decrypt"]));
  equal(await codeOf(sealing(of(reading))), "misuse");
  const writing = of(RawAesKeyring.fromKey(await heldKey(["encrypt"])));
  equal(await (await seal(writing)).refusal(writing), "misuse");
});

test("what is no key is refused at once", async () => {
  // Thrown, and not promised.
  const thrown = (make) => {
    try {
      make();
    } catch (error) {
      return error.code;
    }
    return "a keyring";
  };
  for (const key of [undefined, "words", new Uint8Array(31).fill(7), {}]) equal(thrown(() => RawAesKeyring.fromKey(key)), "misuse");
  for (const words of [undefined, "", 7]) equal(thrown(() => PassphraseKeyring.fromPassphrase(words)), "misuse");
  for (const keyring of [undefined, null, {}, "raw"]) equal(await codeOf(sealing(of(keyring))), "misuse");
});
