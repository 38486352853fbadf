// An AbortSignal stops the work, and its reason is handed back as it is.
import { equal, is, ok, test } from "./runner.js";
import { blobThatAborts, bodyInChunks, drain, fileThatRemembers } from "./support/doubles.js";
import { answerWith, blobOf, errorOf, later, noise, rawKeyring, Stored } from "./support/objects.js";
import { presealed } from "./support/package.js";

const { encrypt, openObject } = presealed;
const options = () => ({ keyring: rawKeyring(7) });
const reason = { why: "enough" };

function stoppable() {
  const controller = new AbortController();
  return { controller, options: { ...options(), signal: controller.signal } };
}

test("before the start", async () => {
  const stored = await Stored.seal("content", options());
  const { controller, options: stopped } = stoppable();
  controller.abort(reason);
  for (const work of [() => encrypt(blobOf("content"), stopped), () => openObject(stored.response(), stopped)]) is(await errorOf(work), reason);
});

test("without a reason it is an AbortError", async () => {
  const { controller, options } = stoppable();
  controller.abort();
  equal((await errorOf(encrypt(blobOf("content"), options))).name, "AbortError");
});

test("while the source is read", async () => {
  const { controller, options } = stoppable();
  is(await errorOf(encrypt(blobThatAborts(controller, reason), options)), reason);
});

test("while bytes in memory are sealed", async () => {
  const { controller, options } = stoppable();
  is(await errorOf(encrypt(noise(3_000_000), { ...options, onProgress: () => controller.abort(reason) })), reason);
});

test("while the content is fetched", async () => {
  const stored = await Stored.seal(noise(3_000_000), options());
  const { controller, options: given } = stoppable();
  const stop = () => {
    controller.abort(reason);
    // The next chunk never comes.
    return new Promise(() => {});
  };
  const body = bodyInChunks(stored.body, 1_000_000, stop);
  const opened = await openObject(answerWith(body.stream, stored.headers), given);
  const file = fileThatRemembers();
  is(await errorOf(opened.saveTo(file)), reason);
  equal([file.closed, file.aborted], [false, true]);
  ok(file.bytesWritten < 3_000_000);
  equal(body.cancelled, true);
});

// The connection ends while the writing side waits for a reader that does not come.
test("while nobody reads the stream", async () => {
  const stored = await Stored.seal(noise(3_000_000), options());
  const { controller, options: given } = stoppable();
  const body = bodyInChunks(stored.body, 65_536);
  const opened = await openObject(answerWith(body.stream, stored.headers), given);
  const stream = opened.delayedAuthenticationStream();
  await later(100);
  equal(body.cancelled, false);
  controller.abort(reason);
  await later(100);
  equal(body.cancelled, true);
  equal((await drain(stream)).error.why, "enough");
});

test("a signal that does not fire changes nothing", async () => {
  const { controller, options } = stoppable();
  const stored = await Stored.seal("content", options);
  await (await stored.open(options)).blob();
  // Nobody is left to hear it.
  controller.abort();
});
