// PutObject against a store and a signer that are doubles: what is signed is what is sent.
import { equal, ok, test } from "./runner.js";
import { signerThatAnswers, storeThatAnswers } from "./support/doubles.js";
import { blobOf, bytesOf, codeOf, noise, rawKeyring, Stored, without } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { answer, NO_ANSWER, options, signer, stored } from "./support/transfers.js";

const { putObject } = presealed;
const put = (content, options) => putObject(blobOf(content), options);

test("sends what was signed", async () => {
  const signer = signerThatAnswers({ headers: { "X-Amz-Checksum-Crc32": "AAAA" } });
  const store = storeThatAnswers([stored()]);
  const content = noise(300_000);
  const given = options(signer, {
    contentType: "image/png", metadata: { title: "holiday" }, ifNoneMatch: "*", serverSideEncryption: { mode: "SSE-S3" },
  });
  const { key, eTag, contentLength } = await put(content, given);
  equal([key, eTag, contentLength], ["a/key", '"e"', 300_016]);

  equal(signer.requests.length, 1, "presigned more than once");
  const [signed] = signer.requests;
  equal([signed.operation, signed.contentLength], ["PutObject", 300_016]);
  equal(store.requests.length, 1, "sent more than once");
  const [sent] = store.requests;
  equal([sent.method, sent.url], ["PUT", "https://store.test/1"]);
  for (const [name, value] of Object.entries({
    "content-type": "image/png", "if-none-match": "*", "x-amz-meta-title": "holiday", "x-amz-server-side-encryption": "AES256",
    "x-amz-meta-x-amz-c": "115",
  })) equal(signed.headers[name], value, name);
  // All of them, and the one that the signer added.
  equal(sent.headers, { ...signed.headers, "x-amz-checksum-crc32": "AAAA" });

  const body = await bytesOf(sent.body);
  const opened = await Stored.of({ headers: signed.headers, contentLength: 300_016 }, body).open({ keyring: given.keyring });
  equal(await bytesOf(await opened.blob()), content);
});

test("a type that tells nothing is the default", async () => {
  const [signing] = [signer(), storeThatAnswers([stored()])];
  await put("content", options(signing));
  equal(signing.requests[0].headers["content-type"], "application/octet-stream");
});

test("resends the very bytes after a failure", async () => {
  const [signing, store] = [signer(), storeThatAnswers([answer(500), NO_ANSWER, stored()])];
  await put(noise(5000), options(signing));
  // Not after the 500, which was an answer; a missing one may have been a URL that expired, hidden by CORS.
  equal([store.requests.length, signing.requests.length], [3, 2]);
  const [first, ...again] = store.requests;
  for (const sent of again) {
    equal(await bytesOf(sent.body), await bytesOf(first.body), "other bytes under the same key");
    equal(sent.headers, first.headers);
  }
});

test("progress never goes back", async () => {
  storeThatAnswers([{ ...answer(503), progress: [100, 4000] }, { ...stored(), progress: [50, 3000, 5016] }]);
  const reports = [];
  await put(noise(5000), options(signer(), { onProgress: (report) => reports.push(report) }));
  const done = (phase) => reports.filter((report) => report.phase === phase).map(({ bytesDone }) => bytesDone);
  equal(done("upload"), [100, 4000, 5016]);
  equal(done("encrypt").at(-1), 5016);
  ok(reports.every(({ bytesTotal }) => bytesTotal === 5016), "another total");
});

test("plaintext leaves only if asked for by name", async () => {
  const [signing, store] = [signer(), storeThatAnswers([stored()])];
  const serverSideEncryption = { mode: "SSE-S3" };
  const bare = without(options(signing), "keyring");
  const byName = { ...bare, clientSideEncryption: "none" };
  for (const refused of [
    bare, { ...bare, serverSideEncryption }, { ...bare, keyring: null, serverSideEncryption }, byName,
    { ...byName, keyring: rawKeyring(7), serverSideEncryption }, { ...bare, clientSideEncryption: "NONE", serverSideEncryption },
  ]) {
    equal(await codeOf(put("content", refused)), "misuse");
  }
  equal([store.requests.length, signing.requests.length], [0, 0], "something was sent");

  await put("content", { ...byName, serverSideEncryption });
  const [sent] = store.requests;
  equal(await sent.body.text(), "content");
  equal(Object.keys(sent.headers), ["content-type", "x-amz-server-side-encryption"]);
});

test("server-side modes have their headers", async () => {
  for (const [serverSideEncryption, expected] of [
    [{ mode: "SSE-KMS" }, { "": "aws:kms" }],
    [{ mode: "SSE-KMS", keyId: "alias/x", encryptionContext: { a: "b" }, bucketKeyEnabled: true },
      { "": "aws:kms", "-aws-kms-key-id": "alias/x", "-context": "eyJhIjoiYiJ9", "-bucket-key-enabled": "true" }],
    [{ mode: "DSSE-KMS" }, { "": "aws:kms:dsse" }],
    [{ mode: "SSE-C", key: new Uint8Array(32) }, {
      "-customer-algorithm": "AES256", "-customer-key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      "-customer-key-md5": "cLyPS3KoaSFGi/joRB3OUQ==",
    }],
  ]) {
    const store = storeThatAnswers([stored()]);
    await put("content", options(signer(), { serverSideEncryption }));
    const start = "x-amz-server-side-encryption";
    const ofMode = Object.entries(store.requests[0].headers).filter(([name]) => name.startsWith("x-amz-server-side"));
    equal(Object.fromEntries(ofMode.map(([name, value]) => [name.slice(start.length), value])), expected);
  }
});
