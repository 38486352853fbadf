import { writeFile } from "node:fs/promises";
import init, { PassphraseKeyring, getObject, putObject } from "presealed";
import { test } from "vitest";
import { outcomeOf, thereAndBack } from "./journeys.js";

test("there and back", { timeout: 90_000 }, async () => {
  const outcome = await outcomeOf({
    async test() {
      await init();
      return thereAndBack({ getObject, putObject }, PassphraseKeyring.fromPassphrase("correct horse battery staple"));
    },
  });
  await writeFile("outcome.json", JSON.stringify(outcome));
});
