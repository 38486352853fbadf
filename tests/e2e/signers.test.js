// The two signers and the two brokers, the package's own for your server and the development server's: one protocol, and what each refuses.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { blockOf, corsRules } from "./support/readme.js";
import { browser, server } from "./support/settings.js";

// No browser is in it: once is enough.
const skip = browser === "chromium" ? false : "tested beside Chromium";
const SIGNERS = ["presealed/server", "the development server"];
const PART = 5 * 1024 * 1024;

// Where Node finds the package, and what it needs beside it.
const copy = fileURLToPath(new URL(`node_modules/presealed-${process.pid}/`, import.meta.url));
let presign, broker, kit, endpoints, config, credentials, allowed;
const ask = (handler, body, path = "/presign", headers = { "content-type": "application/json" }) =>
  handler(new Request(`https://your.server${path}`, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers }));

before(async () => {
  if (skip) return;
  const { page, s3, accessKey, secretKey } = server();
  mkdirSync(copy);
  const pkg = fileURLToPath(new URL("../../pkg/", import.meta.url));
  for (const name of ["package.json", "server", "endpoints.js"]) cpSync(`${pkg}${name}`, `${copy}${name}`, { recursive: true });
  kit = await import(`${copy}server/index.js`);
  endpoints = await import(`${copy}endpoints.js`);
  config = await (await fetch(`${page}/config.json`)).json();
  credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  allowed = () => true;
  const own = kit.presigner({ bucket: config.bucket, region: "us-east-1", endpoint: s3, credentials: async () => credentials, authorize: (...asked) => allowed(...asked) });
  presign = { "presealed/server": (body) => ask(own, body), "the development server": (body) => fetch(`${page}/presign`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }) };
  const ownBroker = kit.kmsBroker({
    keyId: config.kmsKeyId, region: "us-east-1", endpoint: process.env.PRESEALED_KMS, bucket: config.bucket, credentials, authorize: (...asked) => allowed(...asked),
  });
  broker = { "presealed/server": (operation, body) => ask(ownBroker, body, `/kms/${operation}`), "the development server": (operation, body) => fetch(`${page}/kms/${operation}`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }) };
});
after(() => rmSync(copy, { recursive: true, force: true }));

const newKey = () => `signers/${randomUUID()}/a b+c%2F(d)'é*!~`;

for (const signer of SIGNERS) {
  const url = async (body) => {
    const response = await presign[signer](body);
    const answer = await response.json();
    assert.equal(response.status, 200, answer.message);
    return answer.url;
  };
  const send = async (method, asked, body) => fetch(await url(asked), { method, headers: asked.headers, body });

  test(`${signer}: an object at once, read, in a list, deleted`, { skip }, async () => {
    const key = newKey();
    const headers = { "content-type": "text/plain", "if-none-match": "*", "x-amz-meta-title": "a title", "x-amz-server-side-encryption": "AES256" };
    const put = await send("PUT", { operation: "PutObject", key, contentLength: 7, headers }, "content");
    assert.equal(put.status, 200, await put.text());
    const got = await send("GET", { operation: "GetObject", key, headers: { range: "bytes=1-3" } });
    assert.deepEqual([got.status, await got.text(), got.headers.get("x-amz-meta-title")], [206, "ont", "a title"]);
    assert.equal((await send("HEAD", { operation: "HeadObject", key })).headers.get("content-length"), "7");
    const list = async () => (await send("GET", { operation: "ListObjectsV2", prefix: key.slice(0, -4) })).text();
    assert.match(await list(), /<KeyCount>1<\/KeyCount>/);
    assert.equal((await send("DELETE", { operation: "DeleteObject", key })).status, 204);
    assert.match(await list(), /<KeyCount>0<\/KeyCount>/);
  });

  test(`${signer}: an object in parts, listed and completed, and one thrown away`, { skip }, async () => {
    const key = newKey();
    const create = async () => /<UploadId>([^<]+)/.exec(await (await send("POST", { operation: "CreateMultipartUpload", key, headers: {} })).text())[1];
    const uploadId = await create();
    const tags = [];
    for (const [index, length] of [PART, 3].entries()) {
      const asked = { operation: "UploadPart", key, uploadId, partNumber: index + 1, contentLength: length };
      tags.push((await send("PUT", asked, new Uint8Array(length))).headers.get("etag"));
    }
    assert.match(await (await send("GET", { operation: "ListParts", key, uploadId, partNumberMarker: 1 })).text(), /<PartNumber>2</);
    const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join("");
    const asked = { operation: "CompleteMultipartUpload", key, uploadId, headers: { "x-amz-mp-object-size": String(PART + 3) } };
    const completed = await send("POST", asked, `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`);
    assert.equal(completed.status, 200, await completed.text());
    assert.equal((await send("HEAD", { operation: "HeadObject", key })).headers.get("content-length"), String(PART + 3));
    assert.equal((await send("DELETE", { operation: "AbortMultipartUpload", key, uploadId: await create() })).status, 204);
  });

  test(`${signer}: a URL does what it was signed for, and nothing else`, { skip }, async () => {
    const key = newKey();
    const signed = await url({ operation: "PutObject", key, contentLength: 7, headers: { "x-amz-meta-title": "one" } });
    const put = (headers, body = "content", at = signed) => fetch(at, { method: "PUT", headers, body });
    assert.equal((await put({ "x-amz-meta-title": "another" })).status, 403);
    assert.equal((await put({ "x-amz-meta-title": "one" }, "longer content")).status, 403);
    assert.equal((await put({ "x-amz-meta-title": "one", "x-amz-acl": "public-read" })).status, 403);
    assert.equal((await put({ "x-amz-meta-title": "one" }, "content", signed.replace("signers", "others"))).status, 403);
    assert.equal((await put({ "x-amz-meta-title": "one" })).status, 200);
  });

  test(`${signer}: what is not asked well is refused, and why is said`, { skip }, async () => {
    const put = (more) => ({ operation: "PutObject", key: "k", contentLength: 1, headers: {}, ...more });
    const part = (more) => ({ operation: "UploadPart", key: "k", uploadId: "u", partNumber: 1, contentLength: 1, ...more });
    const wrong = {
      "no operation": {}, "another operation": { operation: "CopyObject", key: "k" }, "one of the language's": { operation: "toString", key: "k" },
      "no key": put({ key: "" }), "a long key": put({ key: "é".repeat(513) }), "a number for a key": put({ key: 7 }),
      "a key that leaves the bucket": put({ key: "a/../../b" }), "a key with a dot": put({ key: "./b" }),
      "no length": put({ contentLength: undefined }), "a negative length": put({ contentLength: -1 }), "half a byte": put({ contentLength: 0.5 }),
      "more than S3 takes": put({ contentLength: 5 * 1024 ** 3 + 1 }), "a length to read": { operation: "GetObject", key: "k", contentLength: 1 },
      "a copy": put({ headers: { "x-amz-copy-source": "b/k" } }), "an acl": put({ headers: { "X-Amz-Acl": "public-read" } }),
      "a tag": put({ headers: { "x-amz-tagging": "a=b" } }), "a line end": put({ headers: { "x-amz-meta-a": "b\r\nx-amz-acl: c" } }),
      "an operation in a list": { operation: ["GetObject"], key: "k" }, "a name with a colon": put({ headers: { "x-amz-meta-a:b": "c" } }),
      "a name that is none": put({ headers: { "x-amz-meta-\n": "b" } }), "a space at an end": put({ headers: { "x-amz-meta-a": " b" } }),
      "what no header holds": put({ headers: { "x-amz-meta-a": "é" } }), "headers that are no texts": put({ headers: { "x-amz-meta-a": 7 } }),
      "no upload": part({ uploadId: undefined }), "part 0": part({ partNumber: 0 }), "part 10,001": part({ partNumber: 10_001 }), "no part": part({ partNumber: undefined }),
      "a list of an object": [],
    };
    for (const [what, body] of Object.entries(wrong)) {
      const response = await presign[signer](body);
      assert.equal(response.status, 400, what);
      const { code, message } = await response.json();
      assert.equal(code, "bad-request", what);
      assert.ok(message.length > 5, what);
    }
  });

  test(`${signer}: data keys, of one KMS key`, { skip }, async () => {
    const call = async (operation, body) => {
      const response = await broker[signer](operation, body);
      return { status: response.status, ...await response.json() };
    };
    const EncryptionContext = { bucket: config.bucket, key: "k" };
    const made = await call("GenerateDataKey", { KeyId: config.kmsKeyId, KeySpec: "AES_256", EncryptionContext });
    assert.equal(atob(made.Plaintext).length, 32);
    const { CiphertextBlob } = made;
    assert.equal((await call("Decrypt", { CiphertextBlob, EncryptionContext })).Plaintext, made.Plaintext);
    assert.match((await call("Decrypt", { CiphertextBlob, EncryptionContext: { ...EncryptionContext, key: "another" } })).__type, /InvalidCiphertextException/);
    assert.match((await call("Decrypt", { KeyId: "another", CiphertextBlob, EncryptionContext })).__type, /AccessDeniedException/);
    assert.match((await call("Encrypt", { KeyId: config.kmsKeyId, EncryptionContext })).__type, /UnknownOperationException/);
  });
}

const refusalOf = async (options, body, request = {}) => {
  const handler = kit.presigner({ bucket: "b", region: "eu-central-1", credentials, authorize: () => true, ...options });
  const response = await ask(handler, body, "/presign", request.headers);
  return [response.status, (await response.json()).code];
};
const PUT = { operation: "PutObject", key: "k", contentLength: 16, headers: {} };

test("nothing is allowed that the hook does not allow, and it hears of the object, not of its instruction file", { skip }, async () => {
  const questions = [];
  for (const said of [false, undefined, null, 0, 1, "yes"]) {
    assert.deepEqual(await refusalOf({ authorize: (question) => { questions.push(question); return said; } }, { ...PUT, key: "a/b.instruction" }), [403, "forbidden"]);
  }
  assert.deepEqual(questions[0], {
    operation: "PutObject", access: "write", bucket: "b", key: "a/b.instruction", object: "a/b", isInstructionFile: true, prefix: undefined, contentLength: 16, headers: {},
  });
  const shared = { instructionFileSuffixes: [".instruction", ".for-bob"], authorize: ({ object }) => object === "a/b" };
  assert.deepEqual(await refusalOf(shared, { operation: "GetObject", key: "a/b.for-bob" }), [200, undefined]);
  assert.deepEqual(await refusalOf(shared, { operation: "GetObject", key: "a/c.for-bob" }), [403, "forbidden"]);
  assert.deepEqual(await refusalOf(shared, { operation: "GetObject", key: ".for-bob" }), [403, "forbidden"]);
  await assert.rejects(refusalOf({ authorize: () => { throw new RangeError("no session"); } }, PUT), RangeError);
  for (const missing of ["authorize", "bucket", "region"]) assert.throws(() => kit.presigner({ bucket: "b", region: "r", credentials, authorize: () => true, [missing]: undefined }), TypeError);
});

test("headers that the server signs of its own are told, and never the envelope's", { skip }, async () => {
  const handler = (headers) => kit.presigner({ bucket: "b", region: "eu-central-1", credentials, authorize: () => ({ headers }) });
  const { url, headers } = await (await ask(handler({ "x-amz-server-side-encryption": "aws:kms" }), PUT)).json();
  assert.deepEqual(headers, { "x-amz-server-side-encryption": "aws:kms" });
  assert.equal(new URL(url).host, "b.s3.eu-central-1.amazonaws.com");
  assert.equal(new URL(url).searchParams.get("X-Amz-SignedHeaders"), "content-length;host;x-amz-server-side-encryption");
  for (const name of ["x-amz-meta-x-amz-3", "X-Amz-Server-Side-Encryption-Customer-Key"]) await assert.rejects(ask(handler({ [name]: "x" }), PUT), TypeError, name);
});

test("objects that are too large, or of a type that is not taken", { skip }, async () => {
  const limits = { size: 12 * 1024 * 1024, contentTypes: ["image/*", "text/plain"] };
  const code = async (body) => (await refusalOf({ limits }, body))[1];
  const typed = (type) => ({ headers: { "content-type": type } });
  const part = (partNumber, contentLength) => ({ operation: "UploadPart", key: "k", uploadId: "u", partNumber, contentLength });
  const complete = (headers) => ({ operation: "CompleteMultipartUpload", key: "k", uploadId: "u", headers });
  assert.equal(await code({ ...PUT, ...typed("image/png") }), undefined);
  assert.equal(await code({ ...PUT, ...typed("Text/Plain; charset=utf-8") }), undefined);
  assert.equal(await code({ ...PUT, ...typed("text/html") }), "content-type");
  assert.equal(await code(PUT), "content-type");
  assert.equal(await code({ operation: "CreateMultipartUpload", key: "k", headers: {} }), "content-type");
  assert.equal(await code({ ...PUT, ...typed("image/png"), contentLength: limits.size + 1 }), "too-large");
  assert.equal(await code(part(3, 2 * 1024 * 1024)), undefined);
  assert.equal(await code(part(3, 2 * 1024 * 1024 + 1)), "too-large");
  assert.equal(await code(complete({ "x-amz-mp-object-size": String(limits.size) })), undefined);
  assert.equal(await code(complete({ "x-amz-mp-object-size": String(limits.size + 1) })), "too-large");
  assert.equal(await code(complete({})), "bad-request");
});

test("questions that are none", { skip }, async () => {
  const handler = kit.presigner({ bucket: "b", region: "eu-central-1", credentials, authorize: () => true });
  const status = async (request) => (await handler(request)).status;
  const at = "https://your.server/presign";
  assert.equal(await status(new Request(at)), 405);
  assert.equal(await status(new Request(at, { method: "POST", body: "{}" })), 415);
  const headers = { "content-type": "application/json" };
  for (const body of ["", "{", "null", "7", "[]"]) assert.equal(await status(new Request(at, { method: "POST", body, headers })), 400, body);
  assert.equal(await status(new Request(at, { method: "POST", body: JSON.stringify({ ...PUT, headers: { a: "b".repeat(70_000) } }), headers })), 413);
});

test("data keys of this bucket's objects alone, for whom they are, and not too often", { skip }, async () => {
  const options = { keyId: config.kmsKeyId, region: "us-east-1", endpoint: process.env.PRESEALED_KMS, bucket: "b", credentials, authorize: () => true };
  const code = async (more, EncryptionContext, operation = "GenerateDataKey") => {
    const response = await ask(kit.kmsBroker({ ...options, ...more }), { KeySpec: "AES_256", EncryptionContext }, `/kms/${operation}`);
    return (await response.json()).__type;
  };
  const context = { bucket: "b", key: "k" };
  assert.equal(await code({}, context), undefined);
  for (const other of [{}, { bucket: "c", key: "k" }, { bucket: "b" }, { bucket: "b", key: "" }, { bucket: "b", key: 7 }]) assert.equal(await code({}, other), "ValidationException");
  assert.equal(await code({ authorize: ({ key }) => key === "mine" }, context), "AccessDeniedException");
  assert.equal(await code({ authorize: () => "yes" }, context), "AccessDeniedException");
  assert.equal(await code({ rate: () => false }, context), "ThrottlingException");
  assert.equal(await code({}, context, "Decrypt"), "ValidationException");
  assert.equal(await code({ credentials: { ...credentials, secretAccessKey: "another" } }, context), "KMSInternalException");
});

const told = (findings) => Object.fromEntries(findings.map(({ check, ok }) => [check, ok]));

test("a bucket is looked through for what a page cannot see", { skip }, async () => {
  const { page, s3 } = server();
  const given = { bucket: config.bucket, region: "us-east-1", endpoint: s3, credentials, origin: page };
  const fine = await kit.diagnose(given);
  const { access, clock, cors, "cors-exposed": exposed } = told(fine);
  assert.deepEqual({ access, clock, cors, exposed }, { access: true, clock: true, cors: true, exposed: true }, JSON.stringify(fine));
  assert.ok(fine.every(({ ok, advice }) => ok !== false && advice === undefined));
  const elsewhere = await kit.diagnose({ ...given, origin: "https://elsewhere.example" });
  assert.equal(told(elsewhere).cors, false);
  const rules = JSON.parse(elsewhere.find(({ check }) => check === "cors").advice.replace(/^[^[]*/, ""));
  assert.deepEqual(rules, JSON.parse(JSON.stringify(corsRules("https://elsewhere.example"))));
  assert.deepEqual(rules, kit.corsRules("https://elsewhere.example"));
  const refused = await kit.diagnose({ ...given, credentials: { ...credentials, secretAccessKey: "another" } });
  assert.equal(told(refused).access, false);
  assert.equal(told(await kit.diagnose({ ...given, bucket: "no-such-bucket" })).access, false);
  assert.deepEqual(told(await kit.diagnose({ ...given, endpoint: "http://127.0.0.1:9" })), { access: false });
  assert.equal(told(await kit.diagnose({ ...given, origin: undefined })).cors, undefined);
});

test("a store whose clock, region, lock and rules are others", { skip }, async () => {
  const lock = "<ObjectLockConfiguration><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
  const blocked = "<Rule><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>";
  const bodies = { "?object-lock": lock, "?encryption": blocked };
  const stub = createServer(({ method, url }, response) => {
    response.setHeader("date", new Date(Date.now() - 20 * 60_000).toUTCString()).setHeader("x-amz-bucket-region", "eu-west-1");
    if (method === "OPTIONS") response.setHeader("access-control-allow-origin", "*").setHeader("access-control-expose-headers", "ETag, x-amz-version-id");
    response.end(bodies[new URL(url, "http://stub").search]);
  });
  await new Promise((resolve) => { stub.listen(0, "127.0.0.1", resolve); });
  const given = { bucket: "b", region: "us-east-1", endpoint: `http://127.0.0.1:${stub.address().port}`, credentials, origin: "https://your.page" };
  const findings = await kit.diagnose(given);
  assert.deepEqual(told(findings), { access: true, clock: false, region: false, cors: true, "cors-exposed": false, "object-lock": true, "sse-c": false });
  const of = (name) => findings.find(({ check }) => check === name);
  assert.match(of("clock").found, /12\d\d s apart/);
  assert.equal(of("region").advice, 'region: "eu-west-1"');
  assert.match(of("object-lock").found, /30 days \(COMPLIANCE\)/);
  assert.match(of("cors-exposed").found, /Retry-After/);
  assert.doesNotMatch(of("cors-exposed").found, /ETag/);
  Object.assign(bodies, { "?object-lock": "<ObjectLockConfiguration/>", "?encryption": "<Rule/>" });
  const others = told(await kit.diagnose(given));
  assert.deepEqual([others["object-lock"], others["sse-c"]], [true, true]);
  stub.close();
});

test("the page's side asks the one and the other, tries a busy server again, and tells what it refused", { skip }, async () => {
  const { page } = server();
  const signed = await endpoints.presignFrom(`${page}/presign`)({ operation: "GetObject", key: "k" });
  assert.match(signed.url, /X-Amz-Signature=/);
  const kms = endpoints.kmsFrom(`${page}/kms/`);
  const EncryptionContext = { bucket: config.bucket, key: "k" };
  const made = await kms.generateDataKey({ KeyId: config.kmsKeyId, KeySpec: "AES_256", EncryptionContext });
  assert.deepEqual((await kms.decrypt({ CiphertextBlob: made.CiphertextBlob, EncryptionContext })).Plaintext, made.Plaintext);
  await assert.rejects(kms.decrypt({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: {} }), { name: "InvalidCiphertextException" });

  let [status, asked] = [200, {}];
  const stub = createServer((request, response) => {
    asked = request.headers;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message: "not you" }));
  });
  await new Promise((resolve) => { stub.listen(0, "127.0.0.1", resolve); });
  const ask = () => endpoints.presignFrom(`http://127.0.0.1:${stub.address().port}/`, { headers: async () => ({ authorization: "Bearer t" }) })({ operation: "GetObject", key: "k" });
  status = 503;
  await assert.rejects(ask(), TypeError);
  assert.equal(asked.authorization, "Bearer t");
  status = 403;
  await assert.rejects(ask(), (error) => !(error instanceof TypeError) && error.message === "not you");
  stub.close();
});

test("what the documents say to write allows a user what is the user's", { skip }, async () => {
  globalThis.userOf = async (request) => request.headers.get("authorization");
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AK", AWS_SECRET_ACCESS_KEY: "SK" });
  const handlerOf = async (word, document = "docs/server.md") => {
    // In the package's own folder its name is known.
    const module = `${copy}${randomUUID()}.js`;
    writeFileSync(module, await blockOf(document, "js", word));
    return (await import(module)).POST;
  };
  const as = (user) => ({ "content-type": "application/json", authorization: user });
  const [signer, ofReadme] = [await handlerOf("presigner({"), await handlerOf("presigner({", "README.md")];
  const put = { operation: "PutObject", key: "me/a.png.instruction", contentLength: 7, headers: { "content-type": "image/png" } };
  const { url } = await (await ask(signer, put, "/presign", as("me"))).json();
  assert.ok(url.startsWith("https://your-bucket.s3.eu-central-1.amazonaws.com/me/a.png.instruction?"), url);
  for (const [user, asked] of [["you", put], ["me", { operation: "ListObjectsV2" }], ["me", { ...put, headers: { "content-type": "text/html" } }]]) {
    assert.equal((await ask(signer, asked, "/presign", as(user))).status, 403);
  }
  for (const [user, status] of [["me", 200], ["you", 403]]) assert.equal((await ask(ofReadme, put, "/presign", as(user))).status, status);
  const keys = await handlerOf("kmsBroker({");
  const asked = { KeySpec: "AES_256", EncryptionContext: { bucket: "your-bucket", key: "me/a" } };
  assert.equal((await ask(keys, asked, "/kms/GenerateDataKey", as("you"))).status, 403);
  assert.equal((await ask(keys, { ...asked, EncryptionContext: { bucket: "another", key: "me/a" } }, "/kms/GenerateDataKey", as("me"))).status, 400);
});
