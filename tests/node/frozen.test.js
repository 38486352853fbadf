// A page may have frozen what its objects inherit from: what the store says of an object is told there as anywhere.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { presealed, wasm } from "./support/package.js";
import { Store } from "./support/store.js";

const { RawAesKeyring, getObject, inspectObject, putObject } = presealed;
before(() => presealed.default(wasm()));

test("metadata may be named as what a frozen prototype has", async () => {
  const { presign } = new Store().install();
  const common = { key: "k", presign };
  const keyring = RawAesKeyring.fromKey(new Uint8Array(32), { materialDescription: { constructor: "described" } });
  for (const prototype of [Object.prototype, Array.prototype]) Object.freeze(prototype);
  const metadata = Object.fromEntries([["constructor", "told"]]);
  await putObject(new Blob(["content"]), { ...common, keyring, metadata });
  const object = await getObject({ ...common, keyring });
  assert.equal(object.metadata.constructor, "told");
  assert.equal(object.envelope.materialDescription.constructor, "described");
  assert.equal(await (await object.blob()).text(), "content");
  assert.equal((await inspectObject(common)).envelope.materialDescription.constructor, "described");
  await assert.rejects(() => getObject({ ...common, keyring, key: "" }), { name: "PresealedError", code: "misuse" });
});
