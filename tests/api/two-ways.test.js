// What the package's calls do in the page they do in a worker: the same store, the same callbacks, the same results and errors.
import { equal, is, ok } from "./runner.js";
import { canWriteFiles, readRealFile, realFile } from "./support/doubles.js";
import { keyringThatDeclines, keyringThatMasks, kmsThatRemembers, kmsThatThrows, rsaPair } from "./support/keys.js";
import { blobOf, bytesOf, codeOf, errorOf, noise, otherStart, readText, READ_BOTH, V2_POLICY, V3_POLICY } from "./support/objects.js";
import { inTwoWays, streamsCross } from "./support/ways.js";

const LENGTH = 700_001;
const STREAMS = { unless: !streamsCross() && "needs streams that cross a worker's border" };
const KEYRINGS = {
  "a raw key": (make) => make.raw(7, { materialDescription: { key: "one" } }),
  "a passphrase": (make) => make.passphrase("four random words here"),
  "KMS": (make) => make.kms(kmsThatRemembers()),
  "an RSA pair": async (make) => make.rsa(await rsaPair(2048, "SHA-1", false)),
  "a keyring of the caller's": () => keyringThatMasks(),
  "a selector": async (make) => {
    const described = (byte, key) => make.raw(byte, { materialDescription: { key } });
    return make.selector(await described(7, "one"), [await described(8, "two")]);
  },
};

for (const [name, keyringOf] of Object.entries(KEYRINGS)) {
  inTwoWays(`an object under ${name}`, async ({ putObject, getObject }, { store, make, transfer }) => {
    const keyring = await keyringOf(make);
    for (const [commitmentPolicy, format] of [[V3_POLICY, "V3"], [V2_POLICY, "V2"]]) {
      const options = transfer({ keyring, commitmentPolicy });
      const told = { contentType: "text/plain", metadata: { title: "x" } };
      const { key, contentLength, eTag } = await putObject(blobOf(noise(LENGTH)), { ...options, ...told });
      equal([key, contentLength, eTag], ["a/key", LENGTH + 16, store.objects.get("a/key").eTag]);
      const object = await getObject(options);
      equal([object.contentLength, object.contentType, object.metadata.title, object.envelope.format], [LENGTH, "text/plain", "x", format]);
      equal(await bytesOf(await object.blob()), noise(LENGTH));
    }
    equal(store.log.map(({ operation }) => operation), ["PutObject", "GetObject", "PutObject", "GetObject"]);
  });
}

inTwoWays("bytes in memory, progress and an instruction file", async ({ putObject, getObject }, { store, make, transfer }) => {
  const options = transfer({ keyring: await make.raw(7) });
  const seen = [];
  const bytes = noise(LENGTH);
  await putObject(bytes, { ...options, envelopeIn: "instruction-file", onProgress: (report) => seen.push(report) });
  equal(bytes, noise(LENGTH), "the caller's bytes");
  equal([...store.objects.keys()], ["a/key.instruction", "a/key"]);
  equal(seen.filter(({ phase }) => phase === "encrypt").at(-1).bytesDone, LENGTH + 16);
  ok(seen.every(({ bytesTotal }) => bytesTotal === LENGTH + 16), "another total");
  const object = await getObject(options);
  equal(await bytesOf(await object.blob()), noise(LENGTH));
});

inTwoWays("what an object says of itself, ranges of it and its re-wrap", async (api, { make, transfer }) => {
  const [one, two] = [await make.raw(7), await make.raw(8, { materialDescription: { key: "new" } })];
  await api.putObject(blobOf(noise(LENGTH)), transfer({ keyring: one, envelopeIn: "instruction-file" }));
  const found = await api.inspectObject(transfer());
  equal([found.status, found.envelopeIn, found.storedLength], ["encrypted", "instruction-file", LENGTH + 16]);
  const range = await api.getUnauthenticatedRange(transfer({ keyring: one, range: { start: 5, end: 600_000 } }));
  equal(await bytesOf(range.blob), noise(LENGTH).slice(5, 600_000));
  equal([range.start, range.end, range.contentLength], [5, 600_000, LENGTH]);
  const { instructionFileKey, envelope } = await api.rewrapInstructionFile(transfer({ keyring: one, newKeyring: two }));
  equal([instructionFileKey, envelope.materialDescription], ["a/key.instruction", { key: "new" }]);
  equal(await bytesOf(await (await api.getObject(transfer({ keyring: two }))).blob()), noise(LENGTH));
  equal(await codeOf(api.getObject(transfer({ keyring: one }))), "unwrap-failed");
});

inTwoWays("content that is encrypted to be sent by the caller", async ({ encrypt, getObject }, { store, make, transfer }) => {
  const keyring = await make.raw(7);
  const { body, headers, contentLength } = await encrypt(blobOf("content"), { keyring });
  equal([contentLength, body.size], [23, 23]);
  store.objects.set("a/key", { bytes: await bytesOf(body), headers, eTag: '"e"' });
  equal(await readText(await getObject(transfer({ keyring }))), "content");
});

inTwoWays("streams, of which one is not verified", async ({ encryptStream, getObject }, { store, make, transfer }) => {
  const keyring = await make.raw(7);
  const content = noise(LENGTH);
  const { body, headers } = await encryptStream(blobOf(content), { keyring });
  store.objects.set("a/key", { bytes: await bytesOf(new Response(body)), headers, eTag: '"e"' });
  const read = async (stream) => bytesOf(new Response(await stream));
  equal(await read((await getObject(transfer({ keyring }))).stream()), content);
  equal(await read((await getObject(transfer({ keyring }))).delayedAuthenticationStream()), content);
}, STREAMS);

inTwoWays("a file that an object is saved to", async ({ putObject, getObject }, { make, transfer }) => {
  const keyring = await make.raw(7);
  await putObject(blobOf(noise(LENGTH)), transfer({ keyring }));
  const file = await realFile();
  await (await getObject(transfer({ keyring }))).saveTo(file);
  equal(await readRealFile(file), noise(LENGTH));
}, { skip: !canWriteFiles && "needs files that can be written" });

inTwoWays("an object that was changed, and keys that do not fit", async ({ putObject, getObject }, { store, make, transfer }) => {
  const keyring = await make.raw(7);
  await putObject(blobOf(noise(LENGTH)), transfer({ keyring }));
  const refusal = (more) => codeOf(async () => (await getObject(transfer({ keyring, ...more }))).blob());
  equal(await refusal({ keyring: await make.raw(8) }), "unwrap-failed");
  equal(await refusal({ keyring: await make.kms(kmsThatRemembers()) }), "keyring-mismatch");
  equal(await refusal({ keyring: keyringThatDeclines() }), "keyring-mismatch");
  equal(await refusal({ keyring: null }), "misuse");
  equal(await refusal({ keyring: undefined, clientSideEncryption: "none" }), "envelope-unexpected");
  const { bytes, headers } = store.objects.get("a/key");
  for (const at of [0, LENGTH, LENGTH + 15]) {
    bytes[at] ^= 1;
    equal(await refusal(), "authentication-failed", `byte ${at}`);
    bytes[at] ^= 1;
  }
  headers["x-amz-meta-x-amz-d"] = otherStart(headers["x-amz-meta-x-amz-d"]);
  equal(await refusal(), "commitment-mismatch");
});

inTwoWays("what the store, the signer and the caller's code say no to", async (api, { store, make, transfer }) => {
  const keyring = await make.raw(7);
  const put = (more) => api.putObject(blobOf("content"), transfer({ keyring, ...more }));
  store.hook = () => store.refuse(403, "AccessDenied");
  const { code, name, status, serviceCode } = await errorOf(put());
  equal([code, name, status, serviceCode], ["http-status", "PresealedError", 403, "AccessDenied"]);
  store.hook = () => undefined;
  const missing = await errorOf(api.getObject(transfer({ keyring })));
  equal([missing.code, missing.status, missing.serviceCode], ["http-status", 404, "NoSuchKey"]);
  const signer = await errorOf(put({ presign: () => { throw new RangeError("signed out"); } }));
  equal([signer.code, signer.cause.name, signer.cause.message], ["presign-failed", "RangeError", "signed out"]);
  const kms = await errorOf(put({ keyring: await make.kms(kmsThatThrows(new Error("AccessDeniedException"))) }));
  equal([kms.code, kms.cause.message], ["kms-failed", "AccessDeniedException"]);
  equal(await codeOf(put({ ifNoneMatch: '"e"' })), "misuse");
  equal(await codeOf(put({ misspelt: 1 })), "misuse");
  equal(await codeOf(async () => make.rsa({})), "misuse");
  equal(await codeOf(async () => make.passphrase("")), "misuse");
  equal(store.objects.size, 0);
});

inTwoWays("a signal, whose reason is handed back as it is", async ({ putObject, getObject }, { store, make, transfer }) => {
  const keyring = await make.raw(7);
  const [controller, reason] = [new AbortController(), new RangeError("enough")];
  controller.abort(reason);
  const before = transfer({ keyring, signal: controller.signal });
  is(await errorOf(putObject(blobOf("content"), before)), reason);
  is(await errorOf(getObject(before)), reason);
  equal(store.log, []);
  const later = new AbortController();
  store.hook = () => {
    later.abort(reason);
    return new Promise(() => {});
  };
  is(await errorOf(putObject(blobOf("content"), transfer({ keyring, signal: later.signal }))), reason);
  equal(store.log.length, 1);
});

inTwoWays("an upload that is thrown away, and one that is gone", async ({ abortUpload }, { store, transfer }) => {
  store.uploads.set("u", { headers: {}, parts: new Map() });
  const abort = (uploadId) => abortUpload({ presign: transfer().presign, resume: { key: "a/key", uploadId } });
  await abort("u");
  equal(store.uploads.size, 0);
  equal(await codeOf(abort("another")), "upload-gone");
});

inTwoWays("old objects are asked for with a policy", async ({ putObject, getObject }, { make, transfer }) => {
  const keyring = await make.raw(7);
  await putObject(blobOf("content"), transfer({ keyring, commitmentPolicy: V2_POLICY }));
  equal(await codeOf(getObject(transfer({ keyring }))), "commitment-required");
  equal(await readText(await getObject(transfer({ keyring, commitmentPolicy: READ_BOTH }))), "content");
});
