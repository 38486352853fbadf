// Engines by name: each makes what another opens, and none takes the place of one that was asked for.
import { equal, test } from "./runner.js";
import { only96BitIvs } from "./support/doubles.js";
import { bytesOf, codeOf, fromBase64, KIB, noise, rawKeyring, READ_BOTH, Stored, utf8, V2_POLICY, V3_POLICY } from "./support/objects.js";
import { presealed } from "./support/package.js";

const ENGINES = ["stitched", "ctr+ghash", "software"];
const SEGMENT = 512 * KIB;
const of = (engine) => ({ keyring: rawKeyring(7), engine });
const refusal = (engine) => codeOf(presealed.encrypt(new Uint8Array([1]), of(engine)));

/** What the platform's own AES-GCM makes of the content in one call, under the key that an object's envelope and its data key give. */
async function oneShot(dataKey, headers, content) {
  const id = headers["x-amz-meta-x-amz-i"];
  const usages = ["encrypt"];
  if (!id) {
    const key = await crypto.subtle.importKey("raw", dataKey, "AES-GCM", false, usages);
    const iv = fromBase64(headers["x-amz-meta-x-amz-iv"]);
    return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, content));
  }
  const input = await crypto.subtle.importKey("raw", dataKey, "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-512", salt: fromBase64(id), info: utf8("\x00\x73DERIVEKEY") };
  const key = await crypto.subtle.deriveKey(derivation, input, { name: "AES-GCM", length: 256 }, false, usages);
  const parameters = { name: "AES-GCM", iv: new Uint8Array(12).fill(1), additionalData: new Uint8Array([0, 0x73]) };
  return new Uint8Array(await crypto.subtle.encrypt(parameters, key, content));
}

for (const engine of ENGINES) {
  test(`${engine} makes the message of one call`, async () => {
    let dataKey;
    const keyring = {
      async wrapDataKey(bytes) {
        dataKey = bytes.slice();
        return { wrapAlgorithm: "AES/GCM", ciphertext: new Uint8Array(60) };
      },
      unwrapDataKey: async () => dataKey.slice(),
    };
    for (const commitmentPolicy of [V3_POLICY, V2_POLICY]) {
      for (const length of [0, 1, 15, 16, 17, SEGMENT - 1, SEGMENT, SEGMENT + 1, 4 * SEGMENT + 7]) {
        const content = noise(length);
        const stored = await Stored.seal(content, { keyring, engine, commitmentPolicy });
        equal(stored.body, await oneShot(dataKey, stored.headers, content), `${commitmentPolicy}, ${length} bytes`);
        const options = { keyring, engine, commitmentPolicy: READ_BOTH };
        equal(await bytesOf(await (await stored.open(options)).blob()), content, `${commitmentPolicy}, ${length} bytes`);
        equal(await stored.flipped(length + 15).refusal(options), "authentication-failed");
      }
    }
  });
}

test("the stitched engine is what is chosen", async () => {
  equal(await presealed.engine(), "stitched");
});

test("an engine by name makes what another opens", async () => {
  const content = noise(3 * SEGMENT + 5);
  for (const writer of ENGINES) {
    const stored = await Stored.seal(content, of(writer));
    for (const reader of ENGINES) {
      const opened = await stored.open(of(reader));
      equal(await bytesOf(await opened.blob()), content, `${writer} to ${reader}`);
    }
  }
});

test("an unknown engine is refused", async () => {
  equal(await refusal("fastest"), "misuse");
});

test("an engine that the browser refuses is not replaced by another", async () => {
  // Where 96-bit IVs only are taken, as in Deno.
  only96BitIvs();
  equal(await refusal("stitched"), "unsupported-browser");
});

// Of one step that does both.
test("an engine that fails is not taken for a source that cannot be read", async () => {
  // It has been tried, and is not again.
  await presealed.encrypt(new Uint8Array([1]), of(undefined));
  only96BitIvs();
  for (const engine of [undefined, "stitched"]) equal(await refusal(engine), "unsupported-browser");
});
