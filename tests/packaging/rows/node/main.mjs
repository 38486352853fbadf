import init, { PassphraseKeyring, getObject, putObject } from "presealed";
import { outcomeOf, thereAndBack } from "./journeys.js";

console.log(JSON.stringify(await outcomeOf({
  async [process.version]() {
    await init();
    return thereAndBack({ getObject, putObject }, PassphraseKeyring.fromPassphrase("correct horse battery staple"));
  },
})));
