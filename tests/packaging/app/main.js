import init, { PassphraseKeyring, getObject, putObject } from "presealed";
import { inWorker } from "presealed/in-worker";
import { report, thereAndBack } from "./journeys.js";

const PASSPHRASE = "correct horse battery staple";

report({
  async page() {
    await init();
    return thereAndBack({ getObject, putObject }, PassphraseKeyring.fromPassphrase(PASSPHRASE));
  },
  async worker() {
    const calls = inWorker();
    const done = await thereAndBack(calls, await calls.PassphraseKeyring.fromPassphrase(PASSPHRASE));
    calls.terminate();
    return done;
  },
});
