"use client";

import init, { PassphraseKeyring, getObject, putObject } from "presealed";
import { inWorker } from "presealed/in-worker";
import { useEffect } from "react";
import { outcomeOf, thereAndBack } from "../journeys.js";

const PASSPHRASE = "correct horse battery staple";

const ways = (again) => ({
  async [`page${again}`]() {
    await init();
    return thereAndBack({ getObject, putObject }, PassphraseKeyring.fromPassphrase(PASSPHRASE));
  },
  async [`worker${again}`]() {
    const calls = inWorker();
    const done = await thereAndBack(calls, await calls.PassphraseKeyring.fromPassphrase(PASSPHRASE));
    calls.terminate();
    return done;
  },
});

const runs = [];

export default function Page() {
  // The development server has StrictMode do it twice, and both go on at once.
  useEffect(() => {
    runs.push(outcomeOf(ways(runs.length ? " again" : "")));
    const count = runs.length;
    Promise.all(runs).then((all) => {
      if (runs.length === count) window.outcome = Object.assign({}, ...all);
    });
  }, []);
  return <p>It is under way.</p>;
}
