// The suite in a service worker: told to, it runs what the modules before this one have registered, and says what becomes of it.
import init from "/pkg-again/presealed.js";
import { equal, run, test } from "./runner.js";

test("a service worker starts the package by fetch", async () => {
  equal(typeof (await init()).memory, "object");
});

addEventListener("message", (event) => {
  if (event.data !== "run") return;
  const say = (line) => event.source.postMessage(line);
  event.waitUntil(run(say).finally(() => event.source.postMessage(undefined)));
});
