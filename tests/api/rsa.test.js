// RSA keyrings on the platform's own RSA: round trips, halves of a pair, what official clients wrote, and faults.
import { equal, test } from "./runner.js";
import { asJwk, rsaPair } from "./support/keys.js";
import {
  blobOf, bytesOf, codeOf, concat, described, rawKeyring, readText, Stored, toBase64, utf8, V2_POLICY, V3_POLICY,
} from "./support/objects.js";
import { presealed } from "./support/package.js";
import { official } from "./support/vectors.js";

const { KeyringSelector, RawRsaKeyring, encrypt, openObject } = presealed;
const keyring = (keys, materialDescription = {}) => RawRsaKeyring.fromKeys(keys, { materialDescription });

test("both formats round trip and each half does its half", async () => {
  const pair = await rsaPair(2048);
  const half = (name) => ({ [name]: pair[name] });
  const [writer, reader] = [await keyring(half("publicKey")), await keyring(half("privateKey"))];
  for (const commitmentPolicy of [V2_POLICY, V3_POLICY]) {
    const options = (keyring) => ({ keyring, commitmentPolicy });
    const stored = await Stored.seal("content", options(writer));
    for (const opener of [reader, await keyring(pair)]) equal(await readText(await stored.open(options(opener))), "content");
    equal(await stored.refusal(options(writer)), "misuse", "a drop box does not open");
    equal(await stored.refusal(options(rawKeyring(7))), "keyring-mismatch");
    equal(await stored.refusal(options(await keyring(await rsaPair(2048)))), "unwrap-failed");
    equal(await codeOf(encrypt(blobOf("x"), options(reader))), "misuse", "the private key does not write");
  }
});

test("what official clients wrapped opens", async () => {
  for (const name of [
    "v2-raw-rsa-java", "v2-raw-rsa-java-v1", "v2-raw-rsa-instruction-file-java", "v2-cbc-rewrapped-aes-to-rsa-java-v1",
    "v3-raw-rsa-described-java", "v3-raw-rsa-instruction-file-java", "v3-shared-with-rsa-java",
  ]) {
    const object = await official(name);
    const options = object.reading(await keyring({ privateKey: object.file.rsa_private_key }));
    const opened = await openObject(object.response(), options);
    equal(await bytesOf(await opened.blob()), object.plaintext, name);
  }
});

test("legacy wraps are refused by name", async () => {
  for (const name of ["v1-raw-rsa-cbc-java-v1", "v2-rsa-oaep-sha256-gcm-java-v1"]) {
    const object = await official(name);
    const options = object.reading(await keyring({ privateKey: object.file.rsa_private_key }));
    equal(await codeOf(openObject(object.response(), options)), "unsupported-format", name);
  }
});

test("what is inside the wrap must be all right", async () => {
  const pair = await rsaPair(2048);
  const options = { keyring: await keyring(pair) };
  const stored = await Stored.seal("content", options);
  const inside = (length, name) => concat([length], new Uint8Array(32).fill(9), utf8(name));
  for (const [bytes, code] of [
    // Well-formed, but not the key that the object commits to.
    [inside(32, "115"), "commitment-mismatch"],
    [inside(16, "115"), "unwrap-failed"],
    [inside(32, "1150"), "unwrap-failed"],
    [inside(32, "AES/GCM/NoPadding"), "unwrap-failed"],
    [inside(32, ""), "unwrap-failed"],
    // An empty one is a native test: WebKitGTK does not encrypt an empty message.
    [new Uint8Array(9).fill(32), "unwrap-failed"],
  ]) {
    const wrapped = new Uint8Array(await crypto.subtle.encrypt("RSA-OAEP", pair.publicKey, bytes));
    equal(await stored.told({ "x-amz-meta-x-amz-3": toBase64(wrapped) }).refusal(options), code, String(bytes));
  }
  equal(await stored.changed("x-amz-meta-x-amz-3").refusal(options), "unwrap-failed");
});

test("keys come as JWK too and bad ones are refused", async () => {
  const pair = await rsaPair(2048);
  const { publicKey, privateKey } = await asJwk(pair);
  const stored = await Stored.seal("content", { keyring: await keyring({ publicKey }) });
  equal(await readText(await stored.open({ keyring: await keyring({ privateKey }) })), "content");
  const pem = (await official("v2-raw-rsa-java")).file.rsa_private_key;
  const bad = [
    {}, null, { publicKey: privateKey }, { privateKey: publicKey }, { publicKey: pem }, { privateKey: pem.replaceAll("-----END", "----END") },
    { privateKey: 7 }, { publicKey: pair.privateKey }, { publicKey: { kty: "RSA" } }, await rsaPair(1024), await rsaPair(2048, "SHA-256"),
  ];
  for (const [index, keys] of bad.entries()) equal(await codeOf(RawRsaKeyring.fromKeys(keys)), "misuse", `number ${index}`);
});

test("a selector opens with the key that the description names", async () => {
  const others = () => [described(2, "old"), described(3, "older")];
  const rsa = await keyring(await rsaPair(2048), { key: "rsa" });
  const selector = KeyringSelector.of(described(1, "new"), [...others(), rsa]);
  for (const writer of [described(1, "new"), ...others(), rsa, selector]) {
    const stored = await Stored.seal("content", { keyring: writer });
    equal(await readText(await stored.open({ keyring: selector })), "content");
  }
  const stored = await Stored.seal("content", { keyring: described(3, "old") });
  equal(await stored.refusal({ keyring: selector }), "unwrap-failed");
  for (const wrong of [[described(2, "old"), described(3, "old")], [rawKeyring(7)], 7]) {
    equal(await codeOf(() => KeyringSelector.of(described(1, "new"), wrong)), "misuse");
  }
});
