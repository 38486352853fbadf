// Another keyring for a stored object: which requests are made, under which conditions, and that the object and, if anything fails, its
// instruction file stay as they are.
import { equal, is, ok, test } from "./runner.js";
import { fetchThatAnswers, signalThatFires, storeThatAnswers } from "./support/doubles.js";
import { keyringThatHangs, keyringThatMasks, kmsThatRemembers, rsaPair } from "./support/keys.js";
import {
  answerOfStatus, answerWith, bytesOf, codeOf, described, errorOf, kmsKeyring, rawKeyring, READ_BOTH, readText, Stored, V2_POLICY, V3_POLICY,
} from "./support/objects.js";
import { presealed } from "./support/package.js";
import { answer, NO_ANSWER, signed, signer, stored } from "./support/transfers.js";

const { RawRsaKeyring, openObject, rewrapInstructionFile } = presealed;
const E_TAG = '"the file that was read"';

const fileOf = (body, more) => answerWith(body, { "content-length": String(body.length), ...more });

/** An object with an instruction file, as a store holds them, written by `rawKeyring(7)`. */
class Pair {
  static async seal(commitmentPolicy) {
    const options = { keyring: rawKeyring(7), commitmentPolicy, envelopeIn: "instruction-file" };
    return Object.assign(new Pair(), { object: await Stored.seal("content", options) });
  }

  head() {
    return answerWith(null, this.object.headers);
  }

  file() {
    return fileOf(this.object.file, { etag: E_TAG });
  }

  /** The answers to a re-wrap's questions. */
  fetch() {
    return fetchThatAnswers([this.head(), this.file()]);
  }

  /** The object, untouched, with that file: its content, or the code of the refusal. */
  async read(instructionFile, keyring) {
    try {
      return await readText(await openObject(this.object.response(), { keyring, commitmentPolicy: READ_BOTH, instructionFile }));
    } catch ({ code }) {
      return code;
    }
  }
}

const options = ({ presign }, more) => ({
  key: "a/key", presign, keyring: rawKeyring(7), newKeyring: described(8, "new"), commitmentPolicy: READ_BOTH, ...more,
});
const rewrap = (more) => rewrapInstructionFile(options(signer(), more));
const sent = ({ requests }) => bytesOf(requests.at(-1).body);

test("a keyring that hangs can be stopped", async () => {
  const pair = await Pair.seal(V2_POLICY);
  pair.fetch();
  const store = storeThatAnswers([]);
  const error = await errorOf(rewrap({ keyring: keyringThatHangs(keyringThatMasks()), signal: signalThatFires() }));
  equal(error.name, "TimeoutError");
  equal(store.requests.length, 0);
});

test("rotates the very file that was read", async () => {
  for (const policy of [V2_POLICY, V3_POLICY]) {
    const pair = await Pair.seal(policy);
    pair.fetch();
    const [signing, store] = [signer(), storeThatAnswers([stored()])];
    const result = await rewrapInstructionFile(options(signing, { enforceRotation: true }));
    equal(signed(signing), ["HeadObject a/key", "GetObject a/key.instruction", "PutObject a/key.instruction"]);
    const { headers } = store.requests[0];
    equal([headers["if-match"], headers["if-none-match"]], [E_TAG, undefined]);
    const file = await sent(store);
    equal(await pair.read(file, rawKeyring(8)), "content", policy);
    equal(await pair.read(file, rawKeyring(7)), "unwrap-failed", policy);
    equal([result.key, result.instructionFileKey], ["a/key", "a/key.instruction"]);
    equal(result.envelope.materialDescription.key, "new");
    equal(Object.keys(result.previous.materialDescription), []);
  }
});

test("without an ETag there is no condition", async () => {
  const pair = await Pair.seal(V2_POLICY);
  fetchThatAnswers([pair.head(), fileOf(pair.object.file)]);
  const store = storeThatAnswers([stored()]);
  await rewrap();
  equal(store.requests[0].headers["if-match"], undefined);
});

test("shares beside the file with an RSA recipient", async () => {
  const pair = await Pair.seal(V3_POLICY);
  const { publicKey, privateKey } = await rsaPair(2048);
  const dropBox = await RawRsaKeyring.fromKeys({ publicKey }, { materialDescription: { for: "partner" } });
  pair.fetch();
  const [signing, store] = [signer(), storeThatAnswers([stored()])];
  const result = await rewrapInstructionFile(options(signing, { newKeyring: dropBox, newSuffix: ".partner" }));
  equal(result.instructionFileKey, "a/key.partner");
  equal(signed(signing)[2], "PutObject a/key.partner");
  const { headers } = store.requests[0];
  equal([headers["if-none-match"], headers["if-match"]], ["*", undefined]);
  const file = await sent(store);
  const partner = await RawRsaKeyring.fromKeys({ privateKey });
  equal(await pair.read(file, partner), "content");
  equal(await pair.read(pair.object.file, rawKeyring(7)), "content");

  // The recipient reads that file, and may rotate it.
  fetchThatAnswers([pair.head(), fileOf(file, { etag: E_TAG })]);
  const rotating = storeThatAnswers([stored()]);
  const { instructionFileKey } = await rewrap({ keyring: partner, instructionFile: { suffix: ".partner" } });
  equal([instructionFileKey, rotating.requests[0].headers["if-match"]], ["a/key.partner", E_TAG]);
});

test("a key service, which wraps nothing that exists, is refused before anything is asked", async () => {
  const kms = kmsKeyring(kmsThatRemembers());
  const [read, written, signing] = [fetchThatAnswers([]), storeThatAnswers([]), signer()];
  equal(await codeOf(rewrapInstructionFile(options(signing, { newKeyring: kms }))), "misuse");
  equal([read.requests.length, written.requests.length, signing.requests.length], [0, 0, 0]);
});

// Nothing is stored in any of these.
test("what is refused stores nothing", async () => {
  const [pair, older] = [await Pair.seal(V3_POLICY), await Pair.seal(V2_POLICY)];
  const strict = { commitmentPolicy: undefined };
  for (const [of, more, code] of [
    [older, {}, "commitment-required"], [pair, { keyring: rawKeyring(8) }, "unwrap-failed"], [pair, { newKeyring: rawKeyring(8) }, "misuse"],
    [pair, { newKeyring: undefined }, "misuse"], [pair, { newKeyring: described(7, "new"), enforceRotation: true }, "rotation-incomplete"],
    [pair, { newSuffix: ".partner" }, "misuse"], [pair, { newSuffix: ".instruction" }, "misuse"], [pair, { newSuffix: "partner" }, "misuse"],
    [pair, { newSuffix: "." }, "misuse"], [pair, { newEncryptionContext: { a: "b" } }, "misuse"],
  ]) {
    of.fetch();
    const store = storeThatAnswers([]);
    equal(await codeOf(rewrap({ ...strict, ...more })), code, Object.keys(more).join());
    equal(store.requests.length, 0, code);
  }
});

test("without an instruction file there is nothing to rewrap", async () => {
  const pair = await Pair.seal(V3_POLICY);
  const whole = await Stored.seal("content", { keyring: rawKeyring(7) });
  for (const [head, file, code, requests] of [
    [pair.head(), 404, "instruction-file-missing", 2], [pair.head(), 403, "http-status", 2],
    [answerWith(null, { "content-length": "7" }), 403, "envelope-missing", 2], [whole.response(), 404, "unsupported-format", 1],
    [answerOfStatus(404, ""), 404, "http-status", 1],
  ]) {
    const [signing, store] = [signer(), storeThatAnswers([])];
    fetchThatAnswers([head, answerOfStatus(file, "")]);
    const error = await errorOf(rewrapInstructionFile(options(signing)));
    equal(error.code, code);
    equal([signed(signing).length, store.requests.length], [requests, 0], code);
    if (code === "unsupported-format") ok(error.message.includes("envelopeIn"), error.message);
  }
});

test("a PUT that fails is no rotation", async () => {
  const pair = await Pair.seal(V3_POLICY);
  const refusing = storeThatAnswers([answer(403)]);
  pair.fetch();
  equal((await errorOf(rewrap())).status, 403);
  equal(refusing.requests.length, 1);
  // Another rotation was first: the file is not ours.
  const store = storeThatAnswers([answer(412)]);
  fetchThatAnswers([pair.head(), pair.file(), pair.file()]);
  equal((await errorOf(rewrap())).status, 412);
  equal(store.requests.length, 1);
});

// The answer was lost, and the second try meets the condition of the first.
test("a condition that our own file breaks is success", async () => {
  const pair = await Pair.seal(V3_POLICY);
  // Of a keyring without randomness, so that the file is known beforehand.
  const fromDescribed = { keyring: described(8, "new"), newKeyring: keyringThatMasks() };
  pair.fetch();
  const one = storeThatAnswers([stored()]);
  await rewrap();
  const first = await sent(one);
  const read = () => fileOf(first, { etag: E_TAG });
  fetchThatAnswers([pair.head(), read()]);
  const two = storeThatAnswers([stored()]);
  await rewrap(fromDescribed);
  const second = await sent(two);
  const store = storeThatAnswers([NO_ANSWER, answer(412)]);
  fetchThatAnswers([pair.head(), read(), fileOf(second)]);
  await rewrap(fromDescribed);
  equal(store.requests.length, 2);
});

test("an abort is heard before and while the file is sent", async () => {
  const pair = await Pair.seal(V3_POLICY);
  const reason = { why: "enough" };
  const before = new AbortController();
  before.abort(reason);
  storeThatAnswers([]);
  is(await errorOf(rewrap({ signal: before.signal })), reason);

  const controller = new AbortController();
  pair.fetch();
  const store = storeThatAnswers(["never"], () => controller.abort(reason));
  is(await errorOf(rewrap({ signal: controller.signal })), reason);
  equal(store.aborted, 1);
});

test("the key of SSE-C goes along with every request", async () => {
  const pair = await Pair.seal(V3_POLICY);
  const [signing, fetching, store] = [signer(), pair.fetch(), storeThatAnswers([stored()])];
  await rewrapInstructionFile(options(signing, { serverSideEncryption: { mode: "SSE-C", key: new Uint8Array(32) } }));
  const name = "x-amz-server-side-encryption-customer";
  for (const { operation, headers } of signing.requests) {
    equal([headers[`${name}-algorithm`], headers[`${name}-key`]], ["AES256", undefined], operation);
  }
  const read = fetching.requests.map(({ headers }) => headers.get(`${name}-key`));
  const written = store.requests.map(({ headers }) => headers[`${name}-key`]);
  equal([...read, ...written].filter(Boolean).length, 3);
});
