// What the other side of a worker's border may call: what it was given, by the names that were offered.
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";

const folder = process.env.PRESEALED_MODULES ?? fileURLToPath(new URL("../../target/xtask/modules", import.meta.url));
const { Wire } = await import(pathToFileURL(join(folder, "wire.js")));

test("what cannot be cloned beside a stream is told as that, and the stream stays", async () => {
  const { port1, port2 } = new MessageChannel();
  const wire = new Wire({ postMessage: (...given) => port1.postMessage(...given), addEventListener: () => {} }, {});
  const stream = new ReadableStream({ start: (controller) => controller.close() });
  await assert.rejects(wire.call("putObject", stream, { key: Symbol("no key") }), { name: "DataCloneError" });
  assert.equal((await stream.getReader().read()).done, true);
  port2.close();
});

/** One end that offers methods and objects, and a peer that says what it likes. */
function wired(methods, options) {
  const { port1, port2 } = new MessageChannel();
  const port = { postMessage: (...given) => port1.postMessage(...given), addEventListener: (name, listener) => port1.on(name, (data) => listener({ data })) };
  new Wire(port, { methods, ...options });
  let last = 0;
  const say = (message, transfer) => new Promise((resolve) => {
    port2.once("message", resolve);
    port2.postMessage({ call: last += 1, args: [], ...message }, transfer);
  });
  return { say, close: () => port1.close() };
}

test("nothing that a function or the language has is called by name", async () => {
  const described = { blob: () => "its content", constructor: () => assert.fail("called") };
  const offered = { keep: () => described, echo: (value) => value };
  const { say, close } = wired(offered, { describe: (value) => (value === described ? { kind: "object", fields: {} } : undefined) });
  for (const method of ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"]) {
    assert.match((await say({ target: 0, method })).error[1].find(([name]) => name === "message")[1][1], /there is no/, method);
  }
  const { value: [, { id }] } = await say({ target: 0, method: "keep" });
  assert.deepEqual((await say({ target: id, method: "blob" })).value, ["value", "its content"]);
  for (const method of ["constructor", "toString", "free"]) assert.ok((await say({ target: id, method })).error, method);
  // A function that the other side was given is called, and has no methods.
  const call = await say({ target: 0, method: "echo", args: [["value", 7]] });
  assert.deepEqual(call.value, ["value", 7]);
  close();
});

test("a stream that came over and is refused unread ends where it is made", async () => {
  const { say, close } = wired({ refuse: () => { throw new TypeError("not so"); } });
  let ended;
  const cancelled = new Promise((resolve) => { ended = resolve; });
  const stream = new ReadableStream({ cancel: ended });
  const { error } = await say({ target: 0, method: "refuse", args: [["value", stream]] }, [stream]);
  assert.equal(error[0], "error");
  assert.match(String(await cancelled), /not so/);
  close();
});
