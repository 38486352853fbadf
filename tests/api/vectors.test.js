// Every object of `tests/vectors`: the envelope is read and the content opened, with a keyring that has the data key. What the wraps hold,
// and which of them are refused, is tested where the keyrings are.
import { equal, ok, test } from "./runner.js";
import { keyringOfOneDataKey } from "./support/keys.js";
import { bytesOf, codeOf } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { names, official, own } from "./support/vectors.js";

async function assertOpens(object, name) {
  const options = object.reading(keyringOfOneDataKey(object.dataKey));
  const open = (body) => presealed.openObject(object.response(body), options);
  const opened = await open(object.body);
  equal(await bytesOf(await opened.blob()), object.plaintext, name);
  if (opened.envelope.algorithmSuite.includes("CBC") || object.body.length === 0) return;
  const changed = object.body.slice();
  changed[changed.length - 1] ^= 1;
  equal(await codeOf((await open(changed)).blob()), "authentication-failed", name);
}

test("every object opens and no changed one does", async () => {
  const [theirs, ours] = [await names("official"), await names("presealed")];
  ok(theirs.length >= 56 && ours.length >= 14, `${theirs.length} and ${ours.length} objects`);
  for (const name of theirs) await assertOpens(await official(name), name);
  for (const name of ours) await assertOpens(await own(name), name);
});
