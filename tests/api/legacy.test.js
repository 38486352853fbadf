// Objects of official clients' that open only here: AES-CBC content, instruction files, legacy wraps, and KMS without a key id.
import { equal, ok, test } from "./runner.js";
import { cbcSealed, kmsThatAnswers, kmsThatRemembers } from "./support/keys.js";
import {
  answerWith, blobOf, bytesOf, codeOf, concat, fromBase64, kmsKeyring, noise, rawKeyring, READ_BOTH, readText, Stored, toBase64, utf8, V2_POLICY,
  V3_POLICY, without,
} from "./support/objects.js";
import { presealed } from "./support/package.js";
import { official } from "./support/vectors.js";

const { KmsKeyring, encrypt, openObject } = presealed;
const opened = (object, body, options) => openObject(object.response(body), options);

test("what official clients wrote opens", async () => {
  for (const name of [
    "v1-raw-aes-cbc-ruby", "v1-raw-aes-cbc-instruction-file-ruby", "v1-raw-aes-cbc-empty-java-v1", "v2-aeswrap-gcm-java-v1",
    "v2-aeswrap-gcm-instruction-file-java-v1", "v2-cbc-rewrapped-aes-to-aes-java-v1", "v2-raw-aes-instruction-file-java",
    "v3-raw-aes-instruction-file-java",
  ]) {
    const object = await official(name);
    const content = await opened(object, object.body, object.options(true));
    equal(await bytesOf(await content.blob()), object.plaintext, name);
  }
});

test("CBC content in several segments", async () => {
  // A segment is 256 KiB; the body ends in the third.
  const object = await official("v1-raw-aes-cbc-ruby");
  const plaintext = noise(2 * 256 * 1024 + 5);
  const body = new Uint8Array(await cbcSealed(object.dataKey, fromBase64(object.file.metadata["x-amz-iv"]), plaintext));
  const content = await opened(object, body, object.options(true));
  equal(content.contentLength, undefined);
  equal(await bytesOf(await content.blob()), plaintext);
});

test("changed CBC content is one error whatever the change", async () => {
  const object = await official("v1-raw-aes-cbc-ruby");
  const padding = object.body.slice();
  padding[padding.length - 1] ^= 1;
  for (const body of [padding, object.body.slice(0, 16), object.body.slice(0, 31), new Uint8Array(0)]) {
    const content = await opened(object, body, object.options(true));
    equal(await codeOf(content.blob()), "legacy-decryption-failed", `${body.length} bytes`);
  }
});

test("nothing legacy opens unasked", async () => {
  const object = await official("v1-raw-aes-cbc-ruby");
  const refusal = (options) => codeOf(opened(object, object.body, options));
  const options = object.options(true);
  equal(await refusal(object.options(false)), "legacy-wrapping-disabled");
  equal(await refusal(without(options, "enableLegacyUnauthenticatedModes")), "unauthenticated-mode-disabled");
  equal(await refusal(without(options, "commitmentPolicy")), "commitment-required");
});

// Whoever writes to the bucket knows one block of an object in format V2, and with it `E_K` of one counter block: enough for a block of
// AES-CBC content of any text, whose data key is the object's own.
test("an authenticated object that is passed off as CBC is refused", async () => {
  const wanted = "PAY MALLORY 999";
  const known = utf8("%PDF-1.7\n%secret text, of which the start is known");
  const keyring = rawKeyring(7);
  const { headers, body } = await encrypt(blobOf(known), { keyring, commitmentPolicy: V2_POLICY });
  const ciphertext = await bytesOf(body);
  const counterBlock = concat(fromBase64(headers["x-amz-meta-x-amz-iv"]), [0, 0, 0, 2]);
  const xor = (one, other) => one.map((byte, at) => byte ^ other[at]);
  const forged = xor(ciphertext.slice(0, 16), known);
  const forgedHeaders = {
    ...headers, "content-length": "16", "x-amz-meta-x-amz-cek-alg": "AES/CBC/PKCS5Padding",
    "x-amz-meta-x-amz-iv": toBase64(xor(counterBlock, concat(utf8(wanted), [1]))),
  };
  const open = (options) => openObject(answerWith(forged, forgedHeaders), options);
  const forOldObjects = { keyring, commitmentPolicy: READ_BOTH, enableLegacyUnauthenticatedModes: true };
  equal(await codeOf(open(forOldObjects)), "unwrap-failed");
  // What the further opt-in costs.
  equal(await readText(await open({ ...forOldObjects, enableLegacyCbcUnderGcmKeys: true })), wanted);
});

test("an instruction file that is missing or too long", async () => {
  const object = await official("v3-raw-aes-instruction-file-java");
  const refusal = (options) => codeOf(opened(object, object.body, options));
  const options = object.options(false);
  equal(await refusal(without(options, "instructionFile")), "instruction-file-missing");
  const long = " ".repeat(65 * 1024);
  for (const [instructionFile, code] of [[long, "envelope-invalid"], [blobOf(long), "envelope-invalid"], [7, "misuse"]]) {
    equal(await refusal({ ...options, instructionFile }), code);
  }
});

test("a discovery keyring names no key and writes nothing", async () => {
  const kms = kmsThatRemembers();
  const stored = await Stored.seal("content", { keyring: kmsKeyring(kms) });
  const options = { keyring: KmsKeyring.discovery({ kms }) };
  equal(await readText(await stored.open(options)), "content");
  ok(!("KeyId" in kms.calls[1]), "a key was named");
  equal(await codeOf(encrypt(blobOf("x"), options)), "misuse");
  equal(await codeOf(() => KmsKeyring.discovery({ kms: kmsThatAnswers(32), keyId: "alias/a" })), "misuse");
});

test("an envelope in an instruction file round trips", async () => {
  for (const commitmentPolicy of [V3_POLICY, V2_POLICY]) {
    const options = { keyring: rawKeyring(7), commitmentPolicy, envelopeIn: "instruction-file" };
    const sealed = await encrypt(blobOf("content"), options);
    const stored = Stored.of(sealed, await bytesOf(sealed.body));
    const reading = { ...without(options, "envelopeIn"), instructionFile: sealed.instructionFile.body };
    equal(await readText(await stored.open(reading)), "content", commitmentPolicy);
  }
});
