// The documents' code runs as it is copied, in Node, against a store in memory; what a block only declares is given to it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Store } from "../node/support/store.js";
import { compileAll, pkg } from "./compile.js";
import { read, snippets } from "./documents.js";
import { blocksIn } from "./snippets.js";

/** Where else it runs, or why it does not. */
const NOT_RUN = {
  "README.md: presigner(": "it needs aws4fetch; e2e/signers.test.js runs it",
  "docs/bundlers.md: presealed/inline": "the rows of packaging take the lines from there, into their app",
  "docs/bundlers.md: optimizeDeps": "a row of packaging takes its setting from there",
  "docs/element.md: presealed/element": "Node has no elements; e2e/element.test.js",
  "docs/element.md: element.labels": "Node has no elements; e2e/element.test.js",
  "docs/large-files.md: indexedDbCheckpoints": "Node has no IndexedDB; e2e/checkpoints.test.js",
  "docs/node.md: S3EncryptionClient": "it needs the AWS SDK; e2e/node-programs.test.js runs it",
  "docs/older-objects.md: KmsKeyring.discovery": "it takes KMS's own key of 2014; api/legacy.test.js",
  "docs/server.md: presigner(": "it needs aws4fetch; e2e/signers.test.js runs it",
  "docs/server.md: diagnose(": "it needs aws4fetch; e2e/signers.test.js runs the call",
  "docs/server.md: kmsBroker(": "it needs aws4fetch; e2e/signers.test.js runs it",
  "docs/signing.md: getSignedUrl": "e2e/readme.test.js runs it, with the SDK and a store that checks signatures",
  "docs/worker.md: inWorker": "Node has no Worker of browsers; e2e/in-worker.test.js",
};

const presealed = await import(pathToFileURL(join(pkg, "inline.js")));
const store = new Store().install();
const { fetch: fetchStored } = globalThis;
const { RawAesKeyring, RawRsaKeyring, getObject, putObject } = presealed;
const { presign } = store;
/** With a server of the page's that signs. */
const fetchSigned = async (url, options) => (url === "/presign" ? Response.json(await presign(JSON.parse(options.body))) : fetchStored(url, options));
const random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));
const textOf = async (options) => (await (await getObject({ presign, ...options })).blob()).text();

const toPem = async (label, format, key) => {
  const base64 = Buffer.from(await crypto.subtle.exportKey(format, key)).toString("base64");
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
};
async function rsaPair() {
  const algorithm = { name: "RSA-OAEP", hash: "SHA-1", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
  return { publicKey: await toPem("PUBLIC KEY", "spki", publicKey), privateKey: await toPem("PRIVATE KEY", "pkcs8", privateKey) };
}

/** It "wraps" by remembering. */
function kmsThatRemembers() {
  const known = new Map();
  return {
    contexts: [],
    async generateDataKey({ EncryptionContext }) {
      this.contexts.push(EncryptionContext);
      const [Plaintext, CiphertextBlob] = [random(32), random(16)];
      known.set(String(CiphertextBlob), Plaintext.slice());
      return { Plaintext, CiphertextBlob };
    },
    async decrypt({ CiphertextBlob }) {
      return { Plaintext: known.get(String(CiphertextBlob)).slice() };
    },
  };
}

/** The form by hand, with a file chosen, as far as its script needs one. */
function formOf(html, file) {
  const inputs = [...html.matchAll(/<input type="(\w+)"(?: name="(\w+)")?/g)].map(([, type, name]) => ({ type, name, files: [file], value: "" }));
  assert.deepEqual(inputs.map(({ type, name }) => [type, name]), [["file", undefined], ["hidden", "object"]]);
  const listeners = {};
  const form = { querySelectorAll: () => inputs, addEventListener: (type, listener) => { listeners[type] = listener; } };
  const submit = () => new Promise((resolve) => {
    form.submit = () => resolve(inputs[1].value);
    listeners.submit({ preventDefault() {} });
  });
  return { document: { querySelector: () => form }, submit };
}

/** A file handle as far as `saveTo` needs one. */
function handleOf() {
  const chunks = [];
  const handle = { chunks, isClosed: false };
  handle.createWritable = async () => new WritableStream({ write: (chunk) => { chunks.push(chunk.slice?.() ?? chunk); }, close: () => { handle.isClosed = true; } });
  return handle;
}

const blocks = snippets();
let compiled;
let runs = 0;

/** Runs a block with what it declares, and gives what it has printed. */
async function run({ file }, given = {}) {
  const printed = [];
  const { log } = console;
  const had = Object.keys(given).map((key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)]);
  for (const [key, value] of Object.entries(given)) Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
  console.log = (...values) => printed.push(values.join(" "));
  try {
    // A module runs once for each address.
    await import(`${pathToFileURL(compiled.module(file))}?${runs += 1}`);
  } finally {
    console.log = log;
    for (const [key, descriptor] of had) {
      if (descriptor) Object.defineProperty(globalThis, key, descriptor);
      else delete globalThis[key];
    }
  }
  return printed;
}

const FILE = new File(["what a person picked"], "picked.txt");
const keyring = () => RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
const put = (key, content = FILE, more = {}) => putObject(content, { key, presign, keyring: keyring(), ...more });

/** What a block is told by, and its run. */
const RUNS = {
  "README.md: PassphraseKeyring": async (block) => {
    const printed = await run(block, { fetch: fetchSigned });
    assert.equal(printed.at(-1), "a file that a person picked");
    assert.ok([...store.objects.keys()].some((key) => key.startsWith("inbox/")), "nothing is in the store");
  },
  "docs/element.md: form.submit": async (block) => {
    const pair = await rsaPair();
    const html = blocksIn(read("docs/element.md")).find(({ code }) => code.includes('type="hidden"'));
    const { document, submit } = formOf(html.code, FILE);
    await run(block, { document, presign, publicKey: pair.publicKey });
    Object.assign(globalThis, { presign, publicKey: pair.publicKey });
    const key = await submit();
    assert.match(key, /^applications\//);
    assert.equal(await textOf({ key, keyring: await RawRsaKeyring.fromKeys({ privateKey: pair.privateKey }) }), await FILE.text());
  },
  "docs/errors.md: unwrap-failed": async (block) => {
    await put("a");
    assert.deepEqual(await run(block, { presign, keyring: keyring() }), [await FILE.text()]);
    assert.deepEqual(await run(block, { presign, keyring: RawAesKeyring.fromKey(random(32)) }), ["Wrong passphrase."]);
  },
  "docs/from-the-aws-encryption-sdk.md: decryptOld": async (block) => {
    const kms = kmsThatRemembers();
    await run(block, { presign, kms, message: random(4), decryptOld: async () => ({ plaintext: new TextEncoder().encode("old") }) });
    const given = { keyring: new presealed.KmsKeyring({ keyId: "alias/documents", kms }), encryptionContext: { name: "documents/7" } };
    assert.equal(await textOf({ key: "documents/7", ...given }), "old");
  },
  "docs/instruction-files.md: rewrapInstructionFile": async (block) => {
    const keys = { old: random(32), new: random(32) };
    store.objects.delete("d");
    await run(block, { presign, file: FILE, keys, partner: await rsaPair() });
    assert.deepEqual([...store.objects.keys()].filter((key) => /^d(\.|$)/.test(key)).toSorted(), ["d", "d.instruction", "d.partner"]);
    assert.equal(await textOf({ key: "d", keyring: RawAesKeyring.fromKey(keys.new, { materialDescription: { year: "2027" } }) }), await FILE.text());
  },
  "docs/keyrings.md: KeyringSelector": async (block) => {
    const kms = kmsThatRemembers();
    for (const key of ["a", "b", "c", "d"]) store.objects.delete(key);
    await run(block, { presign, kms, file: FILE, pem: await rsaPair(), keys: { year2026: random(32), year2025: random(32) } });
    assert.deepEqual(["a", "b", "c", "d"].filter((key) => !store.objects.has(key)), []);
    assert.equal(kms.contexts[0].tenant, "t-42");
  },
  "docs/large-files.md: recording": async (block) => {
    const bytes = random(60_000);
    await run(block, { presign, keyring: keyring(), camera: { recording: new Blob([bytes]).stream(), bytes: bytes.length } });
    const stored = await getObject({ key: "s", presign, keyring: keyring() });
    assert.deepEqual(new Uint8Array(await (await stored.blob()).arrayBuffer()), bytes);
  },
  "docs/node.md: openObject": async (block) => {
    assert.deepEqual(await run(block), ["a file"]);
  },
  "docs/ranges.md: getUnauthenticatedRange": async (block) => {
    await put("f", new Blob([random(65_536), new Uint8Array(1_000_000)]));
    assert.deepEqual(await run(block, { presign, keyring: keyring() }), ["16"]);
  },
  "docs/saving.md: saveTo": async (block) => {
    await put("f");
    const handle = handleOf();
    await run(block, { presign, keyring: keyring(), handle });
    assert.equal(await new Blob(handle.chunks.map((chunk) => chunk.data ?? chunk)).text(), await FILE.text());
    assert.ok(handle.isClosed, "the file was not closed");
  },
  "docs/server.md: presignFrom(": async (block) => {
    const file = new File([FILE], "g.txt");
    await run(block, { fetch: fetchSigned, keyring: keyring(), file });
    assert.equal(await textOf({ key: "me/g.txt", keyring: keyring() }), await FILE.text());
  },
  "docs/server.md: kmsFrom(": async (block) => {
    const kms = kmsThatRemembers();
    const said = (bytes) => Buffer.from(bytes).toString("base64");
    const asked = async (url, options) => {
      if (!String(url).startsWith("/kms/")) return fetchStored(url, options);
      const made = await kms.generateDataKey(JSON.parse(options.body));
      return Response.json({ Plaintext: said(made.Plaintext), CiphertextBlob: said(made.CiphertextBlob) });
    };
    await run(block, { fetch: asked, presign, file: new File([FILE], "h.txt") });
    assert.deepEqual(kms.contexts.map(({ bucket, key }) => [bucket, key]), [["your-bucket", "me/h.txt"]]);
    const given = { keyring: new presealed.KmsKeyring({ keyId: "alias/your-key", kms }), encryptionContext: { bucket: "your-bucket", key: "me/h.txt" } };
    assert.equal(await textOf({ key: "me/h.txt", ...given }), await FILE.text());
  },
  "docs/server-side-modes.md: SSE-C": async (block) => {
    await run(block, { presign, keyring: keyring(), file: FILE, sseKey: random(32) });
    assert.equal(store.objects.get("h").headers["x-amz-server-side-encryption"], "aws:kms");
    assert.equal(store.objects.get("i").bytes.toString(), await FILE.text());
  },
};

before(async () => {
  await presealed.default();
  compiled = compileAll(Object.fromEntries(blocks.map(({ file, code }) => [file, code])));
  assert.equal(compiled.complaint, "");
});

const matches = (block, id) => id.startsWith(`${block.document}: `) && block.code.includes(id.slice(block.document.length + 2));

test("every block of code runs, or it is said why not", () => {
  const ids = [...Object.keys(RUNS), ...Object.keys(NOT_RUN)];
  assert.deepEqual(blocks.filter((block) => ids.filter((id) => matches(block, id)).length !== 1).map(({ document, line }) => `${document}:${line}`), []);
  assert.deepEqual(ids.filter((id) => blocks.filter((block) => matches(block, id)).length !== 1), []);
});

for (const [id, check] of Object.entries(RUNS)) {
  test(`runs: ${id}`, () => check(blocks.find((block) => matches(block, id))));
}
