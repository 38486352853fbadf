// GetObject against a fetch that is a double.
import { equal, test } from "./runner.js";
import { fetchThatAnswers } from "./support/doubles.js";
import { answerOfStatus, answerWith, bytesOf, codeOf, errorOf, noise, partial, rawKeyring, readText, Stored, without } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { EXPIRED, options, signer } from "./support/transfers.js";

const { getObject } = presealed;
const sealed = () => Stored.seal(noise(5000), { keyring: rawKeyring(7) });
const byName = (more) => ({ ...without(options(signer()), "keyring"), ...more });

test("an object and what it says of itself", async () => {
  const stored = (await sealed()).told({ "content-type": "image/png", "x-amz-meta-title": "holiday" });
  const [signing, { requests }] = [signer(), fetchThatAnswers([stored.response()])];
  const object = await getObject(options(signing));
  equal(requests.map(({ method, url }) => [method, url]), [["GET", "https://store.test/1"]]);
  equal(JSON.stringify(signing.requests[0]), '{"operation":"GetObject","key":"a/key","headers":{}}');
  equal([object.contentLength, object.contentType, object.metadata.title], [5000, "image/png", "holiday"]);
  equal(await bytesOf(await object.blob()), noise(5000));
});

test("asks again and presigns anew", async () => {
  const stored = await sealed();
  const answers = [answerOfStatus(503, ""), new Error("offline"), answerOfStatus(403, EXPIRED), stored.response()];
  const [signing, { requests }] = [signer(), fetchThatAnswers(answers)];
  await getObject(options(signing));
  // After no answer, which may hide that it expired, and after one that says so.
  equal(requests.map(({ url }) => url), [1, 1, 2, 3].map((number) => `https://store.test/${number}`));
  equal(signing.requests.length, 3);
});

// Over HTTP/2, an end is all that browsers tell of a connection that broke.
test("a body that ends early is gone on with", async () => {
  const stored = await sealed();
  const cut = 3000;
  const read = async (etag) => {
    const headers = { ...stored.headers, etag };
    const rest = { ...headers, "content-length": String(stored.body.length - cut) };
    const { requests } = fetchThatAnswers([answerWith(stored.body.slice(0, cut), headers), partial(stored.body.slice(cut), rest)]);
    return { object: await getObject(options(signer())), requests };
  };
  const { object, requests } = await read('"tag"');
  equal(await bytesOf(await object.blob()), noise(5000));
  equal(["range", "if-match"].map((name) => requests[1].headers.get(name)), [`bytes=${cut}-`, '"tag"']);
  // With a weak one nobody can ask for the same bytes.
  const weak = await read('W/"tag"');
  equal([await codeOf(weak.object.blob()), weak.requests.length], ["truncated", 1]);
});

test("content that is not encrypted is gone on with too", async () => {
  const headers = (length) => ({ "content-length": length, etag: '"tag"' });
  const { requests } = fetchThatAnswers([answerWith("con", headers("7")), partial("tent", headers("4"))]);
  const object = await getObject(byName({ clientSideEncryption: "none" }));
  equal(await readText(object), "content");
  equal(requests[1].headers.get("range"), "bytes=3-");
});

test("a refusal is final", async () => {
  const { requests } = fetchThatAnswers([answerOfStatus(404, "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>")]);
  const { code, status, serviceCode } = await errorOf(getObject(options(signer())));
  equal([code, status, serviceCode, requests.length], ["http-status", 404, "NoSuchKey", 1]);
});

test("a part is no object", async () => {
  fetchThatAnswers([answerOfStatus(206, "part")]);
  equal(await codeOf(getObject(options(signer()))), "unsupported-format");
});

test("the key of SSE-C goes along", async () => {
  const stored = await sealed();
  const [signing, { requests }] = [signer(), fetchThatAnswers([stored.response()])];
  await getObject(options(signing, { serverSideEncryption: { mode: "SSE-C", key: new Uint8Array(32) } }));
  // To the store, and not to the signer.
  equal(signing.requests[0].headers, { "x-amz-server-side-encryption-customer-algorithm": "AES256" });
  const sent = ["algorithm", "key", "key-md5"].map((name) => requests[0].headers.get(`x-amz-server-side-encryption-customer-${name}`));
  equal(sent, ["AES256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "cLyPS3KoaSFGi/joRB3OUQ=="]);
});

test("ciphertext is never handed over as content", async () => {
  equal(await codeOf(getObject(byName())), "misuse");
  fetchThatAnswers([(await sealed()).response()]);
  equal(await codeOf(getObject(byName({ clientSideEncryption: "none" }))), "envelope-unexpected");
});

test("an object that is not encrypted is read by name", async () => {
  for (const [length, expected] of [["7", "content"], ["8", "truncated"]]) {
    fetchThatAnswers([answerWith("content", { "content-length": length })]);
    const object = await getObject(byName({ clientSideEncryption: "none" }));
    equal(object.envelope, undefined);
    equal(await (length === "7" ? readText(object) : codeOf(object.blob())), expected);
  }
});
