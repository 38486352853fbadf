// What a store, a signer or a source does that is not as it should be, and what a call makes of it.
import { equal, needs, ok, test } from "./runner.js";
import { answerThatBreaks, blobThatFails, bodyInChunks, fetchThatAnswers, offline, signerThatAnswers, storeThatAnswers } from "./support/doubles.js";
import { answerOfStatus, answerWith, blobOf, codeOf, errorOf, KIB, MIB, noise, partial, rawKeyring, Stored, without } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { answer, NO_ANSWER, options, signed, signer, stored } from "./support/transfers.js";

const { abortUpload, getObject, putObject, rewrapInstructionFile } = presealed;
const error = (code, message = "") => `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
const OBJECT_LOCK = error("InvalidRequest",
  "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters");
const NOT_IMPLEMENTED = error("NotImplemented", "A header you provided implies functionality that is not implemented.");

const put = (more, signing = signer()) => putObject(blobOf("content"), options(signing, more));
const plain = () => ({ ...without(options(signer()), "keyring"), clientSideEncryption: "none" });
const sent = ({ requests }, name) => requests.map(({ headers }) => headers[name]);

test("an error or a page in a 200 is no success", async () => {
  const late = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>";
  storeThatAnswers([answer(200, late)]);
  const { code, status, requestId } = await errorOf(put());
  equal([code, status, requestId], ["http-status", 403, "4442587FB7D0A2F9"]);
  storeThatAnswers([answer(200, "<html>Sign in</html>")]);
  equal(await codeOf(put()), "unexpected-answer");
  const store = storeThatAnswers([answer(200, "<Error><Code>InternalError</Code></Error>"), stored()]);
  await put();
  equal(store.requests.length, 2);
});

test("an upload that is gone is told as that", async () => {
  storeThatAnswers([answer(404, "<Error><Code>NoSuchKey</Code></Error>")]);
  equal(await codeOf(abortUpload({ presign: signer().presign, resume: { key: "a/key", uploadId: "u" } })), "upload-gone");
});

// Bytes on the wire that unpack to far more than the page could hold.
test("of an answer without end only a start is read", async () => {
  const pieces = Array(100).fill("x".repeat(100_000));
  for (const [status, code] of [[200, "unexpected-answer"], [403, "http-status"]]) {
    const store = storeThatAnswers([{ status, pieces }]);
    equal(await codeOf(put()), code);
    ok(store.received <= 1_200_000, `${store.received} characters`);
  }
  const body = bodyInChunks(noise(4 * MIB), 16 * KIB);
  fetchThatAnswers([answerWith(body.stream, {}, { status: 403 })]);
  equal(await codeOf(getObject(options(signer()))), "http-status");
  ok(body.pulled <= (64 + 3 * 16) * KIB, `${body.pulled} bytes`);
  ok(body.cancelled, "it is still open");
});

test("URLs that a signer may not give", async () => {
  const [store, fetching] = [storeThatAnswers([stored()]), fetchThatAnswers([])];
  const own = globalThis.location?.origin;
  for (const url of [
    "/api/account", "key?X-Amz-Signature=0", "//store.test/key", "javascript:alert(1)", "data:text/plain,x", "blob:https://store.test/0",
    "https://user:password@store.test/key", "https://store.test/key#fragment",
    ...(own ? [`${own}/api/account`, `${own.toUpperCase()}/api/account`] : []),
  ]) {
    const given = options(signerThatAnswers({ url }));
    equal(await codeOf(putObject(blobOf("content"), given)), "presign-failed", url);
    equal(await codeOf(getObject(given)), "presign-failed", url);
  }
  equal([store.requests.length, fetching.requests.length], [0, 0]);
  if (own) await put({ storeOnPageOrigin: true }, signerThatAnswers({ url: `${own}/bucket/key` }));
});

test("headers that a signer may add", async () => {
  for (const [name, may] of [
    ["X-Amz-Meta-X-Amz-M", false], ["x-amz-meta-x-amz-key-v2", false], ["x-amz-server-side-encryption-customer-algorithm", false],
    ["x-amz-server-side-encryption-customer-key", false], ["x-amz-server-side-encryption", true], ["x-amz-meta-owner", true],
    ["x-amz-tagging", true],
  ]) {
    const store = storeThatAnswers([stored()]);
    const call = put({}, signerThatAnswers({ headers: { [name]: "v" } }));
    if (may) await call;
    else equal(await codeOf(call), "presign-failed", name);
    equal(store.requests.length, Number(may), name);
  }
});

test("the key of SSE-C is signed only where that is asked for by name", async () => {
  for (const signKey of [false, true]) {
    const [signing, store] = [signer(), storeThatAnswers([stored()])];
    await put({ serverSideEncryption: { mode: "SSE-C", key: new Uint8Array(32), signKey } }, signing);
    for (const end of ["key", "key-md5"]) {
      const name = `x-amz-server-side-encryption-customer-${end}`;
      equal(name in signing.requests[0].headers, signKey, name);
      ok(name in store.requests[0].headers, name);
    }
  }
});

test("a bucket that takes nothing without a checksum gets one", async () => {
  const [signing, store] = [signer(), storeThatAnswers([answer(400, OBJECT_LOCK), stored()])];
  await put({}, signing);
  equal(sent(store, "x-amz-checksum-crc64nvme").map(Boolean), [false, true]);
  equal(signing.requests.length, 2);
  // Once, and not where the caller wants none.
  storeThatAnswers(Array(3).fill(answer(400, OBJECT_LOCK)));
  equal(await codeOf(put()), "http-status");
  equal(await codeOf(put({ checksum: "none" })), "http-status");
});

test("instruction files carry a checksum", async () => {
  for (const [checksum, name] of [[undefined, "sha256"], ["CRC64NVME", "crc64nvme"], ["none", undefined]]) {
    fetchThatAnswers([answerOfStatus(404, "")]);
    const store = storeThatAnswers([stored(), stored()]);
    await put({ envelopeIn: "instruction-file", checksum });
    const [{ headers }] = store.requests;
    for (const other of ["sha256", "crc64nvme"]) equal(`x-amz-checksum-${other}` in headers, other === name, `${checksum} ${other}`);
  }
});

test("where a look decides, a store needs no conditions", async () => {
  const inFile = { envelopeIn: "instruction-file" };
  const store = storeThatAnswers([answer(501, NOT_IMPLEMENTED), stored(), stored()]);
  fetchThatAnswers([answerOfStatus(404, "")]);
  await put(inFile);
  equal(sent(store, "if-none-match"), ["*", undefined, undefined]);
  // Nobody could look: then nothing is replaced.
  storeThatAnswers([answer(501, NOT_IMPLEMENTED)]);
  fetchThatAnswers([answerOfStatus(403, "")]);
  equal(await codeOf(put(inFile)), "condition-unsupported");
  // The caller's own condition.
  for (const condition of [{ ifNoneMatch: "*" }, { ifMatch: '"e"' }]) {
    const refusing = storeThatAnswers([answer(501, NOT_IMPLEMENTED)]);
    equal(await codeOf(put(condition)), "condition-unsupported");
    equal(refusing.requests.length, 1);
  }
});

test("an object is replaced only if it is the one that was named", async () => {
  const store = storeThatAnswers([stored()]);
  await put({ ifMatch: '"e-2"' });
  equal(sent(store, "if-match"), ['"e-2"']);
  for (const wrong of [{ ifMatch: 'W/"e"' }, { ifMatch: "" }, { ifMatch: '"e"', ifNoneMatch: "*" }, { ifNoneMatch: '"e"' }]) {
    equal(await codeOf(put(wrong)), "misuse", JSON.stringify(wrong));
  }
});

/** Re-wraps an object whose envelope is in an instruction file, which is read with these ETags. */
async function rotated(eTags, answers) {
  const keyring = (byte) => rawKeyring(byte, { materialDescription: { year: String(byte) } });
  const sealed = await Stored.seal("content", { keyring: keyring(1), envelopeIn: "instruction-file" });
  fetchThatAnswers([answerWith(null, sealed.headers), ...eTags.map((etag) => answerWith(sealed.file, { etag }))]);
  const { requests } = storeThatAnswers(answers);
  const call = rewrapInstructionFile({ key: "a/key", presign: signer().presign, keyring: keyring(1), newKeyring: keyring(2), checksum: "CRC64NVME" });
  return { code: await call.then(() => undefined, ({ code }) => code), headers: requests.map(({ headers }) => headers) };
}

test("a rotation sends no weak ETag and finds stores that keep no condition", async () => {
  const weak = await rotated(['W/"e"', ""], [stored()]);
  equal([weak.code, weak.headers[0]["if-match"]], [undefined, '"e"']);
  ok(weak.headers[0]["x-amz-checksum-crc64nvme"], "no checksum");
  // It cannot, and the file is the one that was read.
  const same = await rotated(['"e"', '"e"'], [answer(501, NOT_IMPLEMENTED), stored()]);
  equal([same.code, same.headers.length, same.headers[1]["if-match"]], [undefined, 2, undefined]);
  // It cannot, and somebody else was there.
  equal((await rotated(['"e"', '"f"'], [answer(501, NOT_IMPLEMENTED)])).code, "condition-unsupported");
  // It says that the file has changed, which it has not; and one that has.
  equal((await rotated(['"e"', '"e"'], [answer(412)])).code, "condition-unsupported");
  equal((await rotated(['"e"', '"f"'], [answer(412)])).code, "http-status");
});

// As when it was moved or changed since it was chosen: status 0, as without a network.
test("a source that cannot be read is not taken for the network", async () => {
  const store = storeThatAnswers([NO_ANSWER]);
  const unreadable = blobThatFails(new Error("NotReadableError"));
  equal(await codeOf(putObject(unreadable, { ...plain(), serverSideEncryption: { mode: "SSE-S3" } })), "read-failed");
  equal(store.requests.length, 1);
});

test("what a signer throws is final also where the browser says it is offline", async () => {
  offline();
  const presign = () => Promise.reject(new Error("signed out"));
  equal(await codeOf(put({ presign })), "presign-failed");
}, { skip: needs("a browser that tells when it is online", "service-worker") });

test("attempts that bring no byte end early", async () => {
  const { body, headers: own } = await Stored.seal(noise(5000), { keyring: rawKeyring(7) });
  const { length } = body;
  const headers = { ...own, etag: '"e"' };
  const range = (bytes) => ({ ...headers, "content-range": `bytes 0-${bytes - 1}/${length}`, "content-length": String(bytes) });
  const first = () => [answerThatBreaks(headers, 200), answerThatBreaks(range(length), 206), answerThatBreaks(range(length), 206)];
  // Then a single byte, which does not come either.
  const { requests } = fetchThatAnswers([...first(), answerThatBreaks(range(1), 206)]);
  const { code, message } = await errorOf((await getObject(options(signer()))).blob());
  equal(code, "network");
  ok(message.includes("response-content-encoding"), message);
  equal(requests.length, 4);
  // Where it comes, it was the connections.
  fetchThatAnswers([...first(), partial(body.slice(0, 1), range(1)), partial(body, range(length))]);
  await (await getObject(options(signer()))).blob();
});

test("a content encoding that browsers undo is named at once", async () => {
  fetchThatAnswers([answerWith("content", { "content-length": "7", "content-encoding": "gzip", etag: '"e"' })]);
  equal(await codeOf(getObject(plain())), "unexpected-answer");
  // And where CORS hides it, by what comes.
  fetchThatAnswers([answerWith("content", { "content-length": "3", etag: '"e"' })]);
  equal(await codeOf((await getObject(plain())).blob()), "unexpected-answer");
});

test("an instruction file needs no content length", async () => {
  const object = await Stored.seal("content", { keyring: rawKeyring(7), envelopeIn: "instruction-file" });
  for (const [file, code] of [
    [answerWith(object.file, { "content-length": "7" }), undefined], [answerWith("<html>Sign in</html>"), "unexpected-answer"],
    [answerWith(" ".repeat(65_537)), "envelope-invalid"],
  ]) {
    const signing = signer();
    fetchThatAnswers([object.response(), file, object.response()]);
    const opened = getObject(options(signing));
    if (code) equal(await codeOf(opened), code);
    else await opened;
    equal(signed(signing)[1], "GetObject a/key.instruction");
  }
});
