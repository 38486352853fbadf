// What an object says of itself, without a key.
import { equal, test } from "./runner.js";
import { crossOrigin, fetchThatAnswers } from "./support/doubles.js";
import { answerOfStatus, answerWith, codeOf, rawKeyring, Stored, V2_POLICY, without } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { options, signer } from "./support/transfers.js";
import { official } from "./support/vectors.js";

const inspect = (signer) => presealed.inspectObject(without(options(signer), "keyring"));
const plain = (headers) => answerWith(null, headers);
const plainFile = (body) => answerWith(body, { "content-length": String(body.length) });
const sealed = (more) => Stored.seal("content", { keyring: rawKeyring(7), ...more });

function found(answers) {
  fetchThatAnswers(answers);
  return inspect(signer());
}

test("an encrypted object names its format", async () => {
  const { headers } = (await sealed()).told({ "content-type": "image/png", "x-amz-meta-title": "x" });
  const signing = signer();
  fetchThatAnswers([plain(headers)]);
  const object = await inspect(signing);
  equal(JSON.stringify(signing.requests[0]), '{"operation":"HeadObject","key":"a/key","headers":{}}');
  equal([object.status, object.envelopeIn, object.contentType, object.metadata.title], ["encrypted", "metadata", "image/png", "x"]);
  equal([object.storedLength, object.envelope.format, object.envelope.wrapAlgorithm], [23, "V3", "AES/GCM"]);
  equal(JSON.stringify(object.requires), "{}");
  equal(object.problem, undefined);
});

test("what opening takes is said", async () => {
  const older = await sealed({ commitmentPolicy: V2_POLICY });
  equal(JSON.stringify((await found([older.response()])).requires), '{"commitmentPolicy":"require-encrypt-allow-decrypt"}');
  const policy = '{"commitmentPolicy":"require-encrypt-allow-decrypt"';
  for (const [name, requires, problem] of [
    ["v2-cbc-rewrapped-aes-to-aes-java-v1", `${policy},"enableLegacyUnauthenticatedModes":true,"enableLegacyCbcUnderGcmKeys":true}`],
    ["v1-raw-aes-cbc-java-v1", `${policy},"enableLegacyWrappingAlgorithms":true,"enableLegacyUnauthenticatedModes":true}`],
    ["v1-raw-rsa-cbc-java-v1", `${policy},"enableLegacyWrappingAlgorithms":true,"enableLegacyUnauthenticatedModes":true}`, "unsupported-format"],
  ]) {
    const stored = await official(name);
    const { instruction } = stored.file;
    const object = await found([stored.response(), ...(instruction ? [plainFile(instruction)] : [])]);
    equal(object.status, "encrypted", name);
    equal(JSON.stringify(object.requires), requires, name);
    equal(object.problem?.code, problem, name);
  }
});

test("an instruction file is looked for", async () => {
  const { headers, file: bytes } = await sealed({ envelopeIn: "instruction-file" });
  const [head, file] = [() => plain(without(headers, "content-length")), new TextDecoder().decode(bytes)];
  const object = await found([head(), plainFile(file)]);
  equal([object.status, object.envelopeIn], ["encrypted", "instruction-file"]);
  // The metadata show that there has to be one.
  const missing = await found([head(), answerOfStatus(404, "")]);
  equal([missing.status, missing.problem.code], ["invalid", "instruction-file-missing"]);
  // The object's own part of the envelope was removed, or CORS hides it.
  const hidden = await found([crossOrigin({ "content-length": "23", etag: '"e"' }), plainFile(file)]);
  equal([hidden.status, hidden.problem.code], ["invalid", "envelope-invalid"]);
  // The way to it is no finding.
  equal(await codeOf(found([head(), answerOfStatus(400, "")])), "http-status");
});

test("no envelope is no encryption unless the page sees nothing", async () => {
  const headers = { "content-length": "5" };
  const missing = () => answerOfStatus(404, "");
  const object = await found([plain(headers), missing()]);
  equal([object.status, object.problem], ["not-encrypted", undefined]);
  // Of another origin, with an ETag among what CORS exposes, and without.
  for (const [seen, status] of [[{ ...headers, etag: '"e"' }, "not-encrypted"], [headers, "metadata-hidden"]]) {
    equal((await found([crossOrigin(seen), missing()])).status, status);
  }
});

test("a broken envelope is told and not thrown", async () => {
  const { headers } = await sealed();
  for (const [broken, code] of [
    [without(headers, "x-amz-meta-x-amz-w"), "envelope-invalid"],
    [{ ...headers, "x-amz-meta-x-amz-key-v2": "AAAA" }, "envelope-invalid"],
    [{ ...headers, "x-amz-meta-x-amz-d": "AAAA" }, "commitment-mismatch"],
  ]) {
    const object = await found([plain(broken)]);
    equal([object.status, object.problem.code], ["invalid", code]);
  }
});
