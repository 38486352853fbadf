// The wasm module starts once, whoever asks and however often; until it has, every call says so or waits.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { another, codeOf, outcome, presealed, wasm } from "./support/package.js";
import { Store } from "./support/store.js";

const key = (byte) => new Uint8Array(32).fill(byte);
const respond = ({ headers, contentLength, body }) => new Response(body, { headers: { ...headers, "content-length": String(contentLength) } });

async function opens(copy, content, keyring) {
  const object = await copy.openObject(respond(content), { keyring });
  return (await object.blob()).text();
}

test("starts that overlap are one, and a keyring made between them keeps its key", async () => {
  const copy = await another();
  const [first, second] = [copy.default(wasm()), copy.default(wasm())];
  await first;
  const keyring = copy.RawAesKeyring.fromKey(key(1));
  await second;
  const other = copy.RawAesKeyring.fromKey(key(2));
  assert.equal(await first, await second);
  const content = await copy.encrypt(new Blob(["of the first key"]), { keyring });
  assert.equal(await opens(copy, content, copy.RawAesKeyring.fromKey(key(1))), "of the first key");
  assert.equal(await codeOf(() => opens(copy, content, other)), "unwrap-failed");
});

test("a start that fails is told as an error of the package, and can be tried again", async () => {
  const copy = await another();
  const { error } = await outcome(() => copy.default({ module_or_path: new Uint8Array([1, 2, 3]) }));
  assert.equal(error.code, "unsupported-browser");
  assert.ok(copy.isPresealedError(error) && error.cause instanceof WebAssembly.CompileError);
  await copy.default(wasm());
  assert.equal(await copy.engine(), "stitched");
});

test("a start takes bytes, or a module, as they are", async () => {
  const bytes = wasm().module_or_path;
  for (const from of [bytes, new WebAssembly.Module(bytes), Promise.resolve(bytes), wasm()]) {
    const copy = await another();
    await copy.default(from);
    assert.equal(await copy.engine(), "stitched");
  }
  const copy = await another();
  // Node fetches no files.
  assert.equal(await codeOf(() => copy.default(new URL("file:///no/such.wasm"))), "unsupported-browser");
});

test("before the start, calls begin it themselves and constructors say what is missing", async () => {
  const copy = await another();
  const makers = [
    () => copy.RawAesKeyring.fromKey(key(1)), () => copy.PassphraseKeyring.fromPassphrase("x"), () => new copy.KmsKeyring({}),
    () => copy.KmsKeyring.discovery({}), () => copy.KeyringSelector.of({}, []),
  ];
  for (const maker of makers) assert.throws(maker, { name: "PresealedError", code: "misuse" });
  // Node fetches no files, so the start that a call begins fails here: with a code.
  for (const name of ["putObject", "getObject", "encrypt", "encryptStream", "inspectObject", "openObject", "abortUpload", "releaseBlob", "engine", "rewrapInstructionFile", "getUnauthenticatedRange"]) {
    assert.equal(await codeOf(() => copy[name]({}, {})), "unsupported-browser", name);
  }
  assert.equal(await codeOf(() => copy.RawRsaKeyring.fromKeys({})), "unsupported-browser");
  assert.equal(copy.isPresealedError(new Error("x")), false);
});

test("a call made while the module starts has what it was given at the call", async () => {
  const copy = await another();
  const starts = copy.default(wasm());
  const custom = { wrapDataKey: async () => ({ wrapAlgorithm: "AES/GCM", ciphertext: new Uint8Array(60) }), unwrapDataKey: async () => null };
  const [bytes, options] = [new Uint8Array(5).fill(7), { keyring: custom, envelopeIn: "instruction-file" }];
  const content = copy.encrypt(bytes, options);
  bytes.fill(0);
  options.envelopeIn = "nonsense";
  await starts;
  assert.ok((await content).instructionFile);
});

test("a call made while the module starts has its bytes, maps and headers as they were, whatever kind they are of", async () => {
  const copy = await another();
  const store = new Store().install();
  const starts = copy.default(wasm());
  const [bytes, key] = [Buffer.from("of the call"), Buffer.alloc(32, 7)];
  const maps = [new Map([["a", "1"]]), new Headers({ a: "1" })];
  const calls = maps.map((metadata, index) => copy.putObject(bytes, {
    key: `k${index}`, presign: store.presign, metadata, clientSideEncryption: "none", serverSideEncryption: { mode: "SSE-C", key },
  }));
  for (const given of [bytes, key]) given.fill(0);
  for (const metadata of maps) metadata.set("a", "2");
  await starts;
  await Promise.all(calls);
  for (const name of ["k0", "k1"]) {
    const { bytes: stored, headers } = store.objects.get(name);
    assert.equal(stored.toString(), "of the call");
    assert.equal(headers["x-amz-meta-a"], "1");
    assert.equal(headers["x-amz-server-side-encryption-customer-key"], Buffer.alloc(32, 7).toString("base64"));
  }
});

test("what cannot be read before the start rejects, and throws nothing", async () => {
  const copy = await another();
  const gone = new Uint8Array(8);
  structuredClone(gone, { transfer: [gone.buffer] });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const [args, code] of [[[gone, {}], "unsupported-browser"], [[new Blob(), { get key() { throw new Error("x"); } }], "misuse"], [[proxy, {}], "misuse"]]) {
    let promise;
    assert.doesNotThrow(() => { promise = copy.putObject(...args); });
    assert.equal(await codeOf(() => promise), code);
  }
});

test("a synchronous start counts too, and does not cross one that is under way", async () => {
  const [copy, other] = [await another(), await another()];
  const module = new WebAssembly.Module(wasm().module_or_path);
  copy.initSync({ module });
  assert.equal(await copy.default(), copy.initSync({ module }));
  const starts = other.default(wasm());
  assert.throws(() => other.initSync({ module }), { code: "misuse" });
  await starts;
});

test("a keyring of another copy of the package is refused as that, and a freed one as freed", async () => {
  const copy = await another();
  await Promise.all([copy.default(wasm()), presealed.default(wasm())]);
  const foreign = await outcome(() => presealed.encrypt(new Uint8Array(1), { keyring: copy.RawAesKeyring.fromKey(key(1)) }));
  assert.equal(foreign.code, "misuse");
  assert.match(foreign.message, /another copy of the package/);
  const own = presealed.RawAesKeyring.fromKey(key(1));
  own.free();
  const freed = await outcome(() => presealed.encrypt(new Uint8Array(1), { keyring: own }));
  assert.equal(freed.code, "misuse");
  assert.match(freed.message, /was freed/);
});

test("what is freed says so, whatever is asked of it", async () => {
  await presealed.default(wasm());
  const content = await presealed.encrypt(new Blob(["x"]), { keyring: presealed.RawAesKeyring.fromKey(key(1)) });
  const object = await presealed.openObject(respond(content), { keyring: presealed.RawAesKeyring.fromKey(key(1)) });
  object.free();
  object.free();
  for (const getter of ["contentLength", "contentType", "envelope", "metadata"]) assert.throws(() => object[getter], { code: "misuse" }, getter);
  for (const method of ["blob", "saveTo", "stream"]) assert.equal(await codeOf(() => object[method]({})), "misuse", method);
  assert.throws(() => object.delayedAuthenticationStream(), { code: "misuse" });
});

test("errors of the package are told from others, also those of another realm and what only looks like one", async () => {
  const { runInNewContext } = await import("node:vm");
  const foreign = runInNewContext('Object.assign(new Error("x"), { name: "PresealedError", code: "misuse" })');
  assert.ok(presealed.isPresealedError(foreign));
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const other of [undefined, null, "PresealedError", { name: "PresealedError", code: "misuse" }, new Error("PresealedError"), proxy]) {
    assert.equal(presealed.isPresealedError(other), false);
  }
});

test("what Node imports by the package's name starts by itself, and needs no file", async () => {
  const copy = await another("inline.js");
  const content = await copy.encrypt(new Blob(["by itself"]), { keyring: { wrapDataKey: async () => ({ wrapAlgorithm: "AES/GCM", ciphertext: new Uint8Array(40) }), unwrapDataKey: async () => null } });
  assert.equal(content.contentLength, 9 + 16);
  const keyring = copy.PassphraseKeyring.fromPassphrase("with the second module");
  const sealed = await copy.encrypt(new Blob(["by itself"]), { keyring });
  assert.equal(await opens(copy, { ...sealed, body: await sealed.body.arrayBuffer() }, keyring), "by itself");
});

test("the package's exports are files that it has, and no other path is open", async () => {
  const folder = new URL(process.env.PRESEALED_PKG ? pathToFileURL(`${process.env.PRESEALED_PKG}/`) : new URL("../../pkg/", import.meta.url));
  const { exports } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  const files = Object.values(exports).flatMap((to) => (typeof to === "string" ? [to] : Object.values(to)));
  for (const file of files) assert.ok(existsSync(new URL(file, folder)), file);
  const place = mkdtempSync(join(tmpdir(), "presealed-"));
  after(() => rmSync(place, { recursive: true, force: true }));
  mkdirSync(join(place, "node_modules"));
  symlinkSync(fileURLToPath(folder), join(place, "node_modules/presealed"));
  const { resolve } = createRequire(pathToFileURL(join(place, "a.js")));
  assert.ok(resolve("presealed").endsWith("inline.js"));
  assert.throws(() => resolve("presealed/wire.js"), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
});
