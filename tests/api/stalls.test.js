// Connections that neither answer nor move, in time that flies: a minute takes 300 ms, and five 1.5 s.
import { equal, ok, test } from "./runner.js";
import { bodyInChunks, fetchThatAnswers, storeThatAnswers, timeFlies } from "./support/doubles.js";
import { answerWith, blobOf, bytesOf, codeOf, errorOf, later, noise, partial, rawKeyring, Stored } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { options, signer, stored } from "./support/transfers.js";

const { getObject, openObject, putObject } = presealed;
const sealed = () => Stored.seal(noise(5000), { keyring: rawKeyring(7) });
const never = () => new Promise(() => {});

/** Calls, and says how long it took as the clock of `timeFlies` has it. */
async function seconds(call) {
  const begun = performance.now();
  const value = await call();
  return { value, seconds: (performance.now() - begun) / 5 };
}

test("a request that is never answered is sent again", async () => {
  const stalls = timeFlies();
  const object = await sealed();
  const { requests } = fetchThatAnswers(["never", object.response()]);
  const opened = await getObject(options(signer()));
  equal(await bytesOf(await opened.blob()), noise(5000));
  equal([requests.length, stalls], [2, [60_000]]);
});

test("where nothing is ever answered, the call fails", async () => {
  timeFlies();
  const { requests } = fetchThatAnswers(Array(5).fill("never"));
  equal([await codeOf(getObject(options(signer()))), requests.length], ["network", 5]);
});

for (const [name, chunk] of [["a piece", 1000], ["many bytes", 2_000_000]]) {
  test(`a body that stops after ${name} is gone on with`, async () => {
    timeFlies();
    const object = await Stored.seal(noise(5_000_000), { keyring: rawKeyring(7) });
    const headers = { ...object.headers, etag: '"tag"' };
    const body = bodyInChunks(object.body, chunk, never);
    const answers = [answerWith(body.stream, headers)];
    const { requests } = fetchThatAnswers(answers);
    const got = await getObject(options(signer()));
    answers.push(partial(object.body.slice(chunk), { ...headers, "content-length": String(object.body.length - chunk) }));
    equal(await bytesOf(await got.blob()), noise(5_000_000));
    equal([requests.length, requests[1].headers.get("range"), body.cancelled], [2, `bytes=${chunk}-`, true]);
  });
}

test("a body that moves is waited for, however slowly it comes", async () => {
  timeFlies();
  const object = await sealed();
  const slow = new ReadableStream({
    async start(controller) {
      for (let at = 0; at < object.body.length; at += 500) {
        await later(60);
        controller.enqueue(object.body.slice(at, at + 500));
      }
      controller.close();
    },
  });
  const { requests } = fetchThatAnswers([answerWith(slow, { ...object.headers, etag: '"tag"' })]);
  const { value, seconds: took } = await seconds(async () => bytesOf(await (await getObject(options(signer()))).blob()));
  equal([value, requests.length], [noise(5000), 1]);
  ok(took > 100, `${took} s`);
});

test("a reader may take any time", async () => {
  timeFlies();
  const object = await Stored.seal(noise(20_000_000), { keyring: rawKeyring(7) });
  const { requests } = fetchThatAnswers([answerWith(bodyInChunks(object.body, 100_000).stream, { ...object.headers, etag: '"tag"' })]);
  const reader = (await getObject(options(signer()))).delayedAuthenticationStream().getReader();
  let bytes = (await reader.read()).value.length;
  await later(1000);
  for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
  equal([bytes, requests.length], [20_000_000, 1]);
});

test("a response of the caller's may take any time", async () => {
  timeFlies();
  const object = await sealed();
  const body = bodyInChunks(object.body, 3000, () => later(800));
  equal(await bytesOf(await (await openObject(answerWith(body.stream, object.headers), { keyring: rawKeyring(7) })).blob()), noise(5000));
});

test("an upload that is never answered is sent again", async () => {
  const stalls = timeFlies();
  const store = storeThatAnswers(["never", stored()]);
  await putObject(blobOf("content"), options(signer()));
  equal([store.requests.length, store.aborted, stalls], [2, 1, [300_000]]);
});

test("an upload that moves is waited for", async () => {
  timeFlies();
  let moves = 0;
  // Longer than five minutes, with a movement in each of them.
  const store = storeThatAnswers(["never"], () => {
    const moving = setInterval(() => {
      moves += 1;
      last.upload.onprogress({ loaded: moves });
      if (moves < 20) return;
      clearInterval(moving);
      Object.assign(last, { status: 200, readyState: 4 });
      last.onloadend();
    }, 200 * 120);
  });
  const Double = globalThis.XMLHttpRequest;
  let last;
  globalThis.XMLHttpRequest = class extends Double {
    constructor() {
      super();
      last = this;
    }
  };
  const { seconds: took } = await seconds(() => putObject(blobOf("content"), options(signer())));
  equal([store.requests.length, store.aborted, moves], [1, 0, 20]);
  ok(took > 400, `${took} s`);
});

test("without progress of an upload, its body has time to go", async () => {
  const stalls = timeFlies();
  storeThatAnswers([]);
  globalThis.XMLHttpRequest = undefined;
  const content = blobOf(noise(4_000_000));
  const { requests } = fetchThatAnswers(["never", new Response(null, { headers: { etag: '"e"' } })]);
  await putObject(content, options(signer()));
  // 300 s, and 244 for the body.
  equal([requests.length, stalls.map((ms) => Math.floor(ms / 1000))], [2, [544]]);
});

test("an answer to an upload that stops is none", async () => {
  timeFlies();
  storeThatAnswers([]);
  globalThis.XMLHttpRequest = undefined;
  const body = bodyInChunks(new Uint8Array(10), 5, never);
  const { requests } = fetchThatAnswers([new Response(body.stream, { headers: { etag: '"e"' } }), new Response(null, { headers: { etag: '"e"' } })]);
  await putObject(blobOf("content"), options(signer()));
  equal([requests.length, body.cancelled], [2, true]);
});

test("the cause says that it does not move", async () => {
  timeFlies();
  const object = await sealed();
  fetchThatAnswers([answerWith(bodyInChunks(object.body, 1000, never).stream, object.headers)]);
  const error = await errorOf(async () => (await getObject(options(signer()))).blob());
  equal([error.code, error.cause?.name], ["network", "TimeoutError"]);
});
