// RSA keys in every form in which they come, the forms that are refused, and RSA beside other keyrings.
import { equal, is, ok, test } from "./runner.js";
import { objectThatThrows } from "./support/doubles.js";
import { asJwk, asPem, kmsThatRemembers, rsaPair } from "./support/keys.js";
import {
  blobOf, codeOf, concat, errorOf, fromBase64, kmsKeyring, readText, Stored, toBase64, utf8, V2_POLICY, V3_POLICY,
} from "./support/objects.js";
import { presealed } from "./support/package.js";

const { KeyringSelector, RawRsaKeyring, encrypt } = presealed;
const POLICIES = [[V3_POLICY, "x-amz-meta-x-amz-3"], [V2_POLICY, "x-amz-meta-x-amz-key-v2"]];

const pair = (bits, extractable) => rsaPair(bits, "SHA-1", extractable);
const half = (keys, name) => ({ [name]: keys[name] });
const keyring = (keys, key) => RawRsaKeyring.fromKeys(keys, key && { materialDescription: { key } });
const of = (keyring, commitmentPolicy) => ({ keyring, commitmentPolicy });
const curvePair = () => crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);

async function assertOpens(stored, options) {
  equal(await readText(await stored.open(options)), "content");
}

test("the form of a key makes no difference", async () => {
  const keys = await pair(2048, true);
  const forms = [keys, await asPem(keys, "\n"), await asPem(keys, "\r\n"), await asJwk(keys)];
  for (const [policy, wrapped] of POLICIES) {
    for (const writing of forms) {
      const stored = await Stored.seal("content", of(await keyring(half(writing, "publicKey")), policy));
      equal(fromBase64(stored.headers[wrapped]).length, 256, "as long as the modulus");
      for (const reading of forms) await assertOpens(stored, of(await keyring(half(reading, "privateKey")), policy));
    }
  }
});

test("keys that cannot be extracted work and larger ones too", async () => {
  for (const bits of [2048, 3072]) {
    const keys = await pair(bits, false);
    for (const [policy] of POLICIES) {
      const options = of(await keyring(keys), policy);
      await assertOpens(await Stored.seal("content", options), options);
    }
  }
});

test("a wrap of another length or content is one error", async () => {
  const keys = await pair(2048, true);
  for (const [policy, wrapped] of POLICIES) {
    const options = of(await keyring(keys), policy);
    const stored = await Stored.seal("content", options);
    const right = fromBase64(stored.headers[wrapped]);
    const names = ["AES/GCM/NoPadding", "115"];
    const [named, other] = policy === V2_POLICY ? names : names.toReversed();
    const wraps = [right.slice(0, 1), right.slice(0, 255), concat(right, [0]), new Uint8Array(256), new Uint8Array(256).fill(255)];
    for (const [length, bytes, name] of [[16, 32, named], [0, 32, named], [33, 32, named], [16, 16, named], [32, 31, named], [32, 32, other]]) {
      const inside = concat([length], new Uint8Array(bytes).fill(9), utf8(name));
      wraps.push(new Uint8Array(await crypto.subtle.encrypt("RSA-OAEP", keys.publicKey, inside)));
    }
    for (const wrap of wraps) {
      equal(await stored.told({ [wrapped]: toBase64(wrap) }).refusal(options), "unwrap-failed", `${policy}, ${wrap.length} bytes`);
    }
  }
});

test("keys that will not do are refused and not repeated", async () => {
  const [small, curve] = [await pair(1024, true), await curvePair()];
  const wrapping = await rsaPair(2048, "SHA-1", true, ["wrapKey", "unwrapKey"]);
  const pem = await asPem(await pair(2048, true), "\n");
  const relabelled = (name, label) => ({ [name]: pem[name].replaceAll(" PUBLIC KEY", label).replaceAll(" PRIVATE KEY", label) });
  const cut = (name) => {
    const lines = pem[name].trim().split("\n");
    return { [name]: [...lines.slice(0, 2), lines.at(-1)].join("\n") };
  };
  const refused = [
    relabelled("publicKey", " RSA PUBLIC KEY"), relabelled("publicKey", " PRIVATE KEY"), relabelled("privateKey", " RSA PRIVATE KEY"),
    relabelled("privateKey", " ENCRYPTED PRIVATE KEY"), cut("publicKey"), cut("privateKey"),
  ];
  for (const name of ["publicKey", "privateKey"]) {
    const forms = [await asPem(small, "\n"), await asPem(curve, "\n"), await asJwk(small), await asJwk(curve), small, curve, wrapping];
    refused.push(...forms.map((keys) => half(keys, name)));
  }
  const body = pem.privateKey.split("\n")[1];
  for (const [index, keys] of refused.entries()) {
    const error = await errorOf(RawRsaKeyring.fromKeys(keys));
    equal(error.code, "misuse", `number ${index}`);
    ok(!error.message.includes(body), "the key is repeated");
  }
});

test("keys that cannot be read are refused and not left out", async () => {
  const cause = {};
  const unreadable = objectThatThrows("n", { kty: "RSA" }, cause);
  for (const keys of [{ publicKey: unreadable }, objectThatThrows("privateKey", await pair(2048, true), cause)]) {
    const error = await errorOf(RawRsaKeyring.fromKeys(keys));
    equal(error.code, "misuse");
    is(error.cause, cause);
  }
});

test("RSA refuses a context", async () => {
  const plain = { keyring: await keyring(await pair(2048, false)) };
  const options = { ...plain, encryptionContext: { a: "b" } };
  equal(await codeOf(encrypt(blobOf("content"), options)), "misuse");
  equal(await (await Stored.seal("content", plain)).refusal(options), "misuse");
});

test("a selector may write with KMS and hold RSA keys", async () => {
  const [one, two] = [await keyring(await pair(2048, false), "1"), await keyring(await pair(2048, false), "2")];
  const kms = kmsKeyring(kmsThatRemembers());
  const selector = KeyringSelector.of(kms, [one, two]);
  for (const writer of [kms, one, two, selector]) await assertOpens(await Stored.seal("content", { keyring: writer }), { keyring: selector });
  // The selected key alone is asked: the description of the one over the wrap of the other.
  const moved = (await Stored.seal("content", { keyring: one })).told({ "x-amz-meta-x-amz-m": '{"key":"2"}' });
  equal(await moved.refusal({ keyring: selector }), "unwrap-failed");
  // KMS has no description that could choose it.
  equal(await codeOf(() => KeyringSelector.of(one, [kms])), "misuse");
});
