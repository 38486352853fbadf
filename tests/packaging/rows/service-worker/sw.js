import init, { PassphraseKeyring, getObject, putObject } from "presealed";
import { outcomeOf, thereAndBack } from "./journeys.js";

async function serviceWorker() {
  await init();
  return thereAndBack({ getObject, putObject }, PassphraseKeyring.fromPassphrase("correct horse battery staple"));
}

self.addEventListener("message", (event) => {
  event.waitUntil(outcomeOf({ serviceWorker }).then((outcome) => event.source.postMessage(outcome)));
});
