// What the platform is told is told whole: nothing that another script left on `Object.prototype` takes part.
import { equal, needs, ok, test } from "./runner.js";
import { runtime } from "./runtime.js";
import { fetchThatAnswers } from "./support/doubles.js";
import { asJwk, heldKey, rsaPair } from "./support/keys.js";
import { bytesOf, codeOf, noise, rawKeyring, readText, Stored } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { options, signer } from "./support/transfers.js";
import { official } from "./support/vectors.js";

const { RawAesKeyring, RawRsaKeyring, getObject, openObject } = presealed;

/** Every member that WebCrypto reads of what it is told, and a value that would do harm. */
const MEMBERS = Object.entries({
  name: "AES-CTR", iv: new Uint8Array(16), additionalData: new Uint8Array([1]), tagLength: 32, counter: new Uint8Array(16),
  length: 64, label: new Uint8Array([1]), hash: "SHA-512", modulusLength: 512, publicExponent: new Uint8Array([3]), public: {},
  kty: "oct", use: "sig", key_ops: ["sign"], alg: "RSA-OAEP-512", ext: false, crv: "P-256", x: "AA", y: "AA", d: "AA", n: "AA", e: "AA",
  p: "AA", q: "AA", dp: "AA", dq: "AA", qi: "AA", oth: [{ r: "AA", d: "AA", t: "AA" }], k: "AA",
});

/** What the work gives while it is there. */
async function polluted(member, value, work) {
  Object.defineProperty(Object.prototype, member, { value, configurable: true, writable: true, enumerable: false });
  try {
    return await work();
  } finally {
    delete Object.prototype[member];
  }
}

const contentOf = async (stored, options) => bytesOf(await (await stored.open(options)).blob());

/** Written while it is there and read without it, and the other way round. */
async function assertUntouched(options, what) {
  const content = noise(1_001);
  const clean = await Stored.seal(content, options);
  for (const [member, value] of MEMBERS) {
    const { written, read, changed } = await polluted(member, value, async () => ({
      written: await Stored.seal(content, options), read: await contentOf(clean, options),
      changed: await clean.changed("x-amz-meta-x-amz-d").refusal(options),
    }));
    equal(read, content, `${what}: read with ${member}`);
    equal(changed, "commitment-mismatch", `${what}: ${member}`);
    equal(await contentOf(written, options), content, `${what}: written with ${member}`);
  }
}

test("content is encrypted the same whatever the prototype of objects holds", async () => {
  for (const engine of ["stitched", "ctr+ghash", "software"]) await assertUntouched({ keyring: rawKeyring(7), engine }, engine);
});

test("data keys are wrapped the same whatever the prototype of objects holds", async () => {
  const held = RawAesKeyring.fromKey(await heldKey(["encrypt", "decrypt"]));
  await assertUntouched({ keyring: held }, "a CryptoKey");
  await assertUntouched({ keyring: await RawRsaKeyring.fromKeys(await rsaPair(2048)) }, "an RSA key");
});

test("keys are imported the same whatever the prototype of objects holds", async () => {
  const keys = await asJwk(await rsaPair(2048));
  const clean = await RawRsaKeyring.fromKeys(keys);
  const stored = await Stored.seal("content", { keyring: clean });
  // Node copies a JWK into an object that has the prototype, and refuses it for these.
  const members = runtime === "node" ? MEMBERS.filter(([member]) => !["use", "d"].includes(member)) : MEMBERS;
  for (const [member, value] of members) {
    const { keyring, written } = await polluted(member, value, async () => {
      const keyring = await RawRsaKeyring.fromKeys(keys);
      return { keyring, written: await Stored.seal("content", { keyring }) };
    });
    for (const [object, opener] of [[stored, keyring], [written, clean]]) {
      equal(await readText(await object.open({ keyring: opener })), "content", member);
    }
  }
});

test("old content is read the same whatever the prototype of objects holds", async () => {
  const object = await official("v1-raw-aes-cbc-ruby");
  for (const [member, value] of MEMBERS) {
    const options = object.options(true);
    const [whole, short] = [object.response(), object.response(object.body.slice(0, -1))];
    const { content, refused } = await polluted(member, value, async () => ({
      content: await bytesOf(await (await openObject(whole, options)).blob()), refused: await codeOf((await openObject(short, options)).blob()),
    }));
    equal(content, object.plaintext, member);
    equal(refused, "legacy-decryption-failed", member);
  }
});

test("what a request is not told does not come from the prototype of all objects", async () => {
  for (const [name, value] of Object.entries({
    body: "x", cache: "only-if-cached", credentials: "include", duplex: "nonsense", integrity: "sha256-AAAA", method: "DELETE", mode: "navigate",
    priority: "nonsense", redirect: "error", referrer: "https://[nonsense", referrerPolicy: "unsafe-url", signal: "nonsense", window: "nonsense",
    once: "nonsense",
  })) {
    const stored = await Stored.seal("content", { keyring: rawKeyring(7) });
    const [fetching, given, response] = [fetchThatAnswers([]), options(signer()), stored.response()];
    fetching.answers.push(response);
    Object.prototype[name] = value;
    let content;
    try {
      content = await (await getObject(given)).blob().then(() => "whole");
    } catch (error) {
      content = error;
    }
    delete Object.prototype[name];
    ok(content === "whole", `${name}: ${content?.code} ${content?.cause ?? content}`);
    equal(fetching.requests.length, 1, name);
    const [sent] = fetching.requests;
    const { method, credentials, redirect, cache, mode, integrity } = sent;
    equal([method, credentials, redirect, cache, mode, integrity], ["GET", "omit", "follow", "no-store", "cors", ""], name);
  }
}, { skip: needs("the Request of a browser", "service-worker") });
