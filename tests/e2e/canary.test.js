// A file and a key that are recognised wherever they lie: with client-managed keys neither ever leaves the browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import { startHarness } from "./support/harness.js";
import { MIB, newKey, newName, withCanary } from "./support/content.js";
import { filesBelow, findIn } from "./support/find.js";
import { FORMATS } from "./support/protections.js";
import { server } from "./support/settings.js";

const CONTENT = withCanary(MIB);
const TEXT = Buffer.from(CONTENT.canary);
const PASSPHRASE = `passphrase ${newKey().toString("hex")}`;

let harness;
before(async () => {
  harness = await startHarness();
  harness.content("file", CONTENT);
  harness.content("large", withCanary(6 * MIB));
});
after(() => harness?.stop());
beforeEach(() => harness.front.behave());

/** Everything that was sent, to the page's server as to the store. */
function traffic() {
  return harness.front.requests.map(({ to, method, url, headers, body }) => [
    `${method} ${to} ${url.split("?")[0]}`, Buffer.concat([Buffer.from(`${url}\n${JSON.stringify(headers)}\n`), body]),
  ]);
}

async function everywhere() {
  const { dataDir, log } = server();
  return [...traffic(), ...await filesBelow(dataDir), [log, await readFile(log)]];
}

async function thereAndBack(options) {
  const key = newName("canary");
  await harness.succeeds("put", { key, content: "file", ...options });
  const object = await harness.succeeds("get", { key, ...options });
  assert.equal(object.sha256, CONTENT.sha256);
  assert.ok(harness.front.toStore.some(({ method, body }) => method === "PUT" && body.length === CONTENT.bytes.length + 16), "the upload was not recorded");
}

for (const [format, policy] of Object.entries(FORMATS)) {
  for (const kind of ["raw", "crypto-key"]) {
    test(`${kind}, ${format}: neither the file nor the key is found anywhere`, async () => {
      const key = newKey();
      await thereAndBack({ keyring: { kind, key: key.toString("base64") }, ...policy });
      assert.deepEqual(findIn(await everywhere(), { file: TEXT, key }), []);
    });
  }
  test(`passphrase, ${format}: neither the file nor the words are found anywhere`, async () => {
    await thereAndBack({ keyring: { kind: "passphrase", passphrase: PASSPHRASE, cost: { memoryKib: 19456, iterations: 2 } }, ...policy });
    assert.deepEqual(findIn(await everywhere(), { file: TEXT, passphrase: Buffer.from(PASSPHRASE) }), []);
  });
}

test("neither is found after uploads that failed", async () => {
  const key = newKey();
  harness.front.misbehave([], { cutRequestAfter: 1000 });
  await harness.fails("put", { key: newName("canary"), content: "file", keyring: { kind: "raw", key: key.toString("base64") } }, "network");
  assert.deepEqual(findIn(await everywhere(), { file: TEXT, key }), []);
});

// The search finds what is there: what S3 encrypts, and the key that it is sent.
test("on its way to a server-side mode the file is found, and with SSE-C the key, which the signer sees only where it is asked to sign it", async () => {
  for (const signKey of [false, true]) {
    harness.front.behave();
    const key = newKey();
    const name = newName("canary");
    const serverSideEncryption = { mode: "SSE-C", key: key.toString("base64"), signKey };
    await harness.succeeds("put", { key: name, content: "file", serverSideEncryption });
    await harness.succeeds("get", { key: name, serverSideEncryption });
    const inParts = { key: newName("canary"), content: "large", serverSideEncryption, multipart: { threshold: 0, partSize: 5 * MIB } };
    await harness.succeeds("put", inParts);
    const sent = findIn(traffic(), { file: TEXT, key });
    assert.ok(sent.some((place) => place.startsWith("file (raw) in PUT store")), `${sent}`);
    assert.ok(sent.some((place) => /^key \(base64\+0\) in PUT store/.test(place)), `${sent}`);
    assert.equal(sent.some((place) => place.startsWith("key") && place.includes("page /presign")), signKey, `${sent}`);
  }
});

test("the search finds each form", () => {
  const secret = newKey();
  for (const [at, place] of Object.entries({
    hex: secret.toString("hex"),
    base64: Buffer.concat([Buffer.from("a"), secret, Buffer.from("b")]).toString("base64"),
    url: encodeURIComponent(secret.toString("base64")),
  })) {
    assert.ok(findIn([[at, Buffer.from(place)]], { secret }).length > 0, at);
  }
  assert.deepEqual(findIn([["another", newKey()]], { secret }), []);
});
