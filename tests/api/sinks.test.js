// The ways to read an object: each gives the content, once, and none gives it before it is verified except the one that says so by name.
import { equal, is, ok, test } from "./runner.js";
import {
  bodyInChunks, canWriteFiles, drain, fileThatCannotBeWritten, fileThatRefuses, fileThatRemembers, readRealFile, realFile,
} from "./support/doubles.js";
import { answerWith, bytesOf, codeOf, concat, errorOf, later, MIB, noise, rawKeyring, Stored } from "./support/objects.js";
import { presealed } from "./support/package.js";

const { openObject } = presealed;
const LENGTH = 700_001;
const options = () => ({ keyring: rawKeyring(7) });
const sealed = () => Stored.seal(noise(LENGTH), options());
const broken = async () => (await sealed()).flipped(LENGTH + 15);
const opened = async (stored) => (await stored).open(options());
const openBody = ({ stream }, { headers }) => openObject(answerWith(stream, headers), options());

test("a blob", async () => {
  equal(await bytesOf(await (await opened(sealed())).blob()), noise(LENGTH));
});

test("a verified stream", async () => {
  const { bytes, error } = await drain(await (await opened(sealed())).stream());
  equal([bytes, error], [noise(LENGTH), undefined]);
  const changed = await opened(broken());
  equal(await codeOf(changed.stream()), "authentication-failed");
});

test("a stream before verification", async () => {
  const { bytes, error } = await drain((await opened(sealed())).delayedAuthenticationStream());
  equal([bytes, error], [noise(LENGTH), undefined]);
});

test("a stream before verification errors at its end", async () => {
  const { bytes, error } = await drain((await opened(broken())).delayedAuthenticationStream());
  equal([bytes, error.code], [noise(LENGTH), "authentication-failed"]);
});

test("a file appears once it is verified", async () => {
  const stored = await sealed();
  // The tag is in the last chunk, which is held back.
  let verdict;
  const held = new Promise((resolve) => { verdict = resolve; });
  let at = 0;
  const ends = [LENGTH, LENGTH + 16];
  const stream = new ReadableStream({
    async pull(controller) {
      if (at === LENGTH) await held;
      if (at === LENGTH + 16) return controller.close();
      const end = ends.shift();
      controller.enqueue(stored.body.slice(at, end));
      at = end;
    },
  }, { highWaterMark: 0 });
  const file = fileThatRemembers();
  const saving = (await openBody({ stream }, stored)).saveTo(file);
  await later(150);
  equal([file.closed, file.aborted, file.bytesWritten], [false, false, 0], "before the tag");
  verdict();
  await saving;
  equal([file.closed, file.aborted], [true, false]);
  equal(await bytesOf(file.content()), noise(LENGTH));
});

test("a file that is not verified is aborted", async () => {
  const file = fileThatRemembers();
  const object = await opened(broken());
  equal(await codeOf(object.saveTo(file)), "authentication-failed");
  equal([file.closed, file.aborted, file.reason.code], [false, true, "authentication-failed"]);
});

test("a file that refuses is never closed", async () => {
  const cause = new Error("disk full");
  const file = fileThatRefuses(cause);
  const object = await opened(sealed());
  const error = await errorOf(object.saveTo(file));
  equal(error.code, "write-failed");
  is(error.cause, cause);
  equal(file.closed, false);
});

test("what is no file is refused", async () => {
  for (const handle of [undefined, {}]) {
    const object = await opened(sealed());
    const code = await codeOf(object.saveTo(handle));
    ok(["misuse", "write-failed"].includes(code), code);
  }
});

test("a real file", async () => {
  const file = await realFile();
  const changed = await opened(broken());
  equal(await codeOf(changed.saveTo(file)), "authentication-failed");
  equal((await file.getFile()).size, 0, "an unverified file was kept");
  await (await opened(sealed())).saveTo(file);
  equal(await readRealFile(file), noise(LENGTH));
}, { skip: !canWriteFiles && "needs files of a private file system that can be written" });

test("content is read once", async () => {
  const object = await opened(sealed());
  await object.blob();
  equal(await codeOf(object.blob()), "misuse");
  equal(await codeOf(object.stream()), "misuse");
  equal(await codeOf(() => object.delayedAuthenticationStream()), "misuse");
  const file = fileThatRemembers();
  equal(await codeOf(object.saveTo(file)), "misuse");
  equal(file.bytesWritten, 0);
});

test("chunks of any size", async () => {
  const stored = await sealed();
  for (const chunk of [61, 16_384, 262_144, 262_145, 1_000_000]) {
    const object = await openBody(bodyInChunks(stored.body, chunk), stored);
    equal(await bytesOf(await object.blob()), noise(LENGTH), `chunks of ${chunk}`);
  }
});

// Chunks that are decrypted where they are.
test("faults in large chunks", async () => {
  const stored = await sealed();
  const bodies = [
    [stored.flipped(300_000).body, "authentication-failed"], [concat(stored.body, new Uint8Array(5)), "authentication-failed"],
    [stored.body.slice(0, LENGTH - 1), "truncated"],
  ];
  for (const chunk of [262_144, 300_001, 1_000_000]) {
    for (const [body, code] of bodies) {
      const object = await openBody(bodyInChunks(body, chunk), stored);
      equal(await codeOf(object.blob()), code, `chunks of ${chunk}`);
    }
  }
});

test("nothing is fetched ahead of a reader and a failure ends the transfer", async () => {
  const stored = (await Stored.seal(noise(8 * MIB), options())).flipped(100);
  const body = bodyInChunks(stored.body, 65_536);
  const object = await openBody(body, stored);
  equal(body.pulled, 0, "content was read before anyone asked");
  const reader = object.delayedAuthenticationStream().getReader();
  equal((await reader.read()).done, false);
  // The reader fails, and with it what is behind the stream.
  await reader.cancel();
  while (!body.cancelled) await later(1);
  ok(body.pulled < stored.body.length, "the whole body was read for nobody");
});

test("content that nobody reads ends the transfer", async () => {
  const stored = await sealed();
  const body = bodyInChunks(stored.body, 65_536);
  const object = await openBody(body, stored);
  equal(body.cancelled, false);
  object.free();
  await undefined;
  equal(body.cancelled, true);
});

test("a file that cannot be opened leaves the content to be read", async () => {
  const object = await opened(sealed());
  equal(await codeOf(object.saveTo(undefined)), "misuse");
  equal(await codeOf(object.saveTo(fileThatCannotBeWritten("locked"))), "write-failed");
  equal(await bytesOf(await object.blob()), noise(LENGTH));
  // Once, though, and a file that was opened for nothing is left as it was.
  const file = fileThatRemembers();
  equal(await codeOf(object.saveTo(file)), "misuse");
  equal([file.closed, file.aborted], [false, true]);
});
