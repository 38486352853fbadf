// A body that is encrypted while it is read, and sources that are bytes in memory.
import { equal, ok, test } from "./runner.js";
import { blobThatFails, blobThatShrinks, drain } from "./support/doubles.js";
import { blobOf, bytesOf, codeOf, noise, rawKeyring, Stored } from "./support/objects.js";
import { presealed } from "./support/package.js";

const { encrypt, encryptStream } = presealed;
/** Several stretches, and a last segment that is short. */
const LENGTH = 17 * 1024 * 1024 + 5;
const options = () => ({ keyring: rawKeyring(7) });

async function streamed(source, given = options()) {
  const content = await encryptStream(source, given);
  return { content, ...await drain(content.body) };
}

async function assertOpens(source, content) {
  const { content: sealed, bytes, error } = await streamed(source);
  equal(error, undefined);
  const opened = await Stored.of(sealed, bytes).open(options());
  equal(await bytesOf(await opened.blob()), content);
}

test("a stream of a blob opens", async () => {
  for (const length of [0, 1, LENGTH]) {
    const content = noise(length);
    await assertOpens(blobOf(content), content);
  }
});

test("a stream of bytes opens and leaves the bytes alone", async () => {
  const bytes = noise(LENGTH);
  await assertOpens(bytes.subarray(3), bytes.slice(3));
  equal(bytes, noise(LENGTH));
});

test("bytes may be sealed into a blob", async () => {
  const content = noise(1000);
  const sealed = await encrypt(content, options());
  const opened = await Stored.of(sealed, await bytesOf(sealed.body)).open(options());
  equal(await bytesOf(await opened.blob()), noise(1000));
});

test("a source that fails breaks the stream", async () => {
  equal((await streamed(blobThatShrinks())).error.code, "file-changed");
  equal((await streamed(blobThatFails("gone"))).error.code, "read-failed");
});

test("bytes that are taken away after the call are encrypted as they were", async () => {
  const bytes = noise(LENGTH);
  const call = encryptStream(bytes, options());
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  equal(bytes.length, 0);
  const content = await call;
  const opened = await Stored.of(content, (await drain(content.body)).bytes).open(options());
  equal(await bytesOf(await opened.blob()), noise(LENGTH));
});

test("an aborted stream errors with the reason", async () => {
  const controller = new AbortController();
  const content = await encryptStream(blobOf(noise(LENGTH)), { ...options(), signal: controller.signal });
  controller.abort("enough");
  equal((await drain(content.body)).error, "enough");
});

test("a reader may leave", async () => {
  const { body } = await encryptStream(blobOf(noise(LENGTH)), options());
  const reader = body.getReader();
  ok((await reader.read()).value.length > 0);
  await reader.cancel();
  equal((await reader.read()).done, true);
});

test("what is no content is refused", async () => {
  for (const call of [encrypt, encryptStream]) {
    for (const source of [null, "text", {}, new ArrayBuffer(3)]) equal(await codeOf(call(source, options())), "misuse");
  }
});
