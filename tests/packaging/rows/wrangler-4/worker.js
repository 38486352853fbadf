import { PassphraseKeyring, getObject, putObject } from "presealed";
import { outcomeOf, thereAndBack } from "./journeys.js";

export default {
  async fetch(request, env) {
    // Where the journeys look for the signer.
    globalThis.process ??= { env };
    return Response.json(await outcomeOf({
      worker: () => thereAndBack({ getObject, putObject }, PassphraseKeyring.fromPassphrase("correct horse battery staple")),
    }));
  },
};
