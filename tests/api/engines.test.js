// Engines by name: each makes what another opens, and none takes the place of one that was asked for.
import { equal, test } from "./runner.js";
import { only96BitIvs } from "./support/doubles.js";
import { bytesOf, codeOf, KIB, noise, rawKeyring, Stored } from "./support/objects.js";
import { presealed } from "./support/package.js";

const ENGINES = ["stitched", "ctr+ghash", "software"];
const SEGMENT = 512 * KIB;
const of = (engine) => ({ keyring: rawKeyring(7), engine });
const refusal = (engine) => codeOf(presealed.encrypt(new Uint8Array([1]), of(engine)));

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
