// What is measured: each encrypts or decrypts a given content and says how many bytes it did. Bundled for the page.
import { CommitmentPolicy, RawAesKeyringWebCrypto, RawAesWrappingSuiteIdentifier, buildClient } from "@aws-crypto/client-browser";
import { gcm } from "@noble/ciphers/aes.js";
import { createEncryptionStream, init as initStreams } from "@transcend-io/encrypt-web-streams";
import { Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import sodium from "libsodium-wrappers-sumo";
import * as openpgp from "openpgp";

const SEGMENT = 512 * 1024;
const IN_FLIGHT = 4;
const KEY = new Uint8Array(32).fill(7);
const iv = () => crypto.getRandomValues(new Uint8Array(12));

// To nobody: Chromium gives memory back at once only this way.
const nobody = new MessageChannel();
nobody.port2.close();
const free = ({ buffer }) => nobody.port1.postMessage(undefined, [buffer]);

/** Reads to the end; `consume` does with each chunk what a consumer would who needs it no more. */
const drained = async (stream, consume = () => {}) => {
  let bytes = 0;
  for (const reader = stream.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes += value.length;
    consume(value);
  }
};

/** As a network gives them: over loopback, 256 MiB come to `fetch` in 380 to 450 chunks, in Chromium 156. */
const chunksOf = (bytes) => {
  let at = 0;
  return {
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, at += SEGMENT));
      else controller.close();
    },
  };
};

/** Makes something of each segment, several at once, and frees it. */
async function bySegments(bytes, make) {
  let [done, next] = [0, 0];
  const lane = async () => {
    while (next < bytes.length) {
      const at = next;
      next += SEGMENT;
      const out = await make(bytes.subarray(at, at + SEGMENT));
      done += out.byteLength;
      free({ buffer: out });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return done;
}

/** @returns what to call each round, by name; each gets the content and its Blob */
export async function contenders(presealed) {
  const gcmKey = await crypto.subtle.importKey("raw", KEY, "AES-GCM", false, ["encrypt", "decrypt"]);
  const ctrKey = await crypto.subtle.importKey("raw", KEY, "AES-CTR", false, ["encrypt"]);
  const keyring = presealed.RawAesKeyring.fromKey(KEY);

  await initStreams();
  await sodium.ready;
  const { encrypt: awsEncrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const wrapping = RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING;
  const awsKeyring = new RawAesKeyringWebCrypto({
    keyName: "name", keyNamespace: "space", wrappingSuite: wrapping,
    masterKey: await RawAesKeyringWebCrypto.importCryptoKey(KEY, wrapping),
  });
  const recipient = await identityToRecipient(await generateIdentity());
  const sealed = new Map();

  return {
    // What a page would write by itself, with the file in memory twice.
    "WebCrypto, Blob to Blob": async ({ blob }) =>
      new Blob([await crypto.subtle.encrypt({ name: "AES-GCM", iv: iv() }, gcmKey, await blob.arrayBuffer())]).size,

    "WebCrypto, one call": async ({ bytes }) => (await crypto.subtle.encrypt({ name: "AES-GCM", iv: iv() }, gcmKey, bytes)).byteLength,

    // Nothing but the calls that a page cannot do without: no message comes of it.
    "WebCrypto, bare segments (ceiling)": ({ bytes }) => bySegments(bytes, (segment) =>
      crypto.subtle.encrypt({ name: "AES-GCM", iv: iv() }, gcmKey, segment)),

    // The same of decrypting, where the tag of all is not that of a segment: one call for the content, one for its hash.
    "WebCrypto, bare CTR and hash (ceiling)": ({ bytes }) => bySegments(bytes, async (segment) => {
      const content = crypto.subtle.encrypt({ name: "AES-CTR", counter: new Uint8Array(16), length: 32 }, ctrKey, segment);
      const hash = crypto.subtle.encrypt({ name: "AES-GCM", iv: iv(), additionalData: segment }, gcmKey, new Uint8Array(0));
      return (await Promise.all([content, hash]))[0];
    }),

    // The bytes are lent, as they are to the others.
    "presealed, encrypt": async ({ bytes }) => drained((await presealed.encryptStream(bytes, { keyring, lendSource: true })).body, free),

    "presealed, encrypt in wasm alone": async ({ bytes }) =>
      drained((await presealed.encryptStream(bytes, { keyring, engine: "software", lendSource: true })).body, free),

    "presealed, encrypt Blob to Blob": async ({ blob }) => {
      const { body, headers } = await presealed.encrypt(blob, { keyring });
      if (!sealed.has(blob.size)) sealed.set(blob.size, { body, headers, bytes: await body.bytes() });
      return body.size;
    },

    // Read as it is decrypted; the verdict is the stream's end.
    "presealed, verify and decrypt": async ({ blob }) => {
      const { bytes, headers } = sealed.get(blob.size);
      const response = new Response(new ReadableStream(chunksOf(bytes)), { headers: { ...headers, "content-length": bytes.length } });
      const object = await presealed.openObject(response, { keyring });
      return drained(object.delayedAuthenticationStream(), free);
    },

    "presealed, verify and decrypt to a Blob": async ({ blob }) => {
      const { body, headers } = sealed.get(blob.size);
      const response = new Response(body.stream(), { headers: { ...headers, "content-length": body.size } });
      const object = await presealed.openObject(response, { keyring });
      return (await object.blob()).size;
    },

    "libsodium secretstream": async ({ bytes }) => {
      const { state } = sodium.crypto_secretstream_xchacha20poly1305_init_push(KEY);
      let done = 0;
      for (let at = 0; at < bytes.length; at += 65_536) {
        const last = at + 65_536 >= bytes.length;
        const tag = last ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
        done += sodium.crypto_secretstream_xchacha20poly1305_push(state, bytes.subarray(at, at + 65_536), null, tag).length;
      }
      return done;
    },

    "age-encryption": async ({ blob }) => {
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      return drained(await encrypter.encrypt(blob.stream()));
    },

    "AWS Encryption SDK for JavaScript": async ({ bytes }) => (await awsEncrypt(awsKeyring, bytes)).result.length,

    "openpgp": async ({ bytes }) => {
      const message = await openpgp.createMessage({ binary: bytes });
      const sessionKey = { data: KEY, algorithm: "aes256", aeadAlgorithm: "gcm" };
      const config = { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.gcm };
      return (await openpgp.encrypt({ message, sessionKey, passwords: ["x"], format: "binary", config })).length;
    },

    "@noble/ciphers": async ({ bytes }) => gcm(KEY, iv()).encrypt(bytes).length,

    "@transcend-io/encrypt-web-streams": async ({ blob }) => drained(blob.stream().pipeThrough(createEncryptionStream(KEY, iv()))),
  };
}
