// Requests: to the signer, and to the store by XMLHttpRequest where there is one, which tells of progress, else by fetch.
import { headOf, holdStream, linesOf } from "./body.js";
import { bodyOf } from "./content.js";
import { isOnline, until } from "./drive.js";
import { watch } from "./idle.js";
import { freeAll } from "./memory.js";
import { byXhr } from "./xhr.js";

/** @type {import("./drive.js").Effect} */
export async function presign({ request }, { given }, signal) {
  const answer = await until(given.presign.call(undefined, request, signal), signal);
  return (journey, id) => journey.presigned(id, answer);
}

/** @type {import("./drive.js").Effect} */
export async function send(step, outside, signal) {
  const { id, chars, method, url, headers, idleMs, unseenMs } = step;
  const body = bodyOf(step.body, outside);
  const moved = (bytes) => outside.moved(id, bytes);
  if (body?.worker) return told(id, (await body.worker.ask({ step: "send", request: { chars, method, url, headers, idleMs, unseenMs } }, signal, moved)).answer);
  if (chars === undefined || typeof globalThis.XMLHttpRequest !== "function") return byFetch(step, sendable(body), outside, signal);
  return told(id, await byXhr(step, sendable(body), moved, signal));
}

/** Text and buffers as a Blob, which the platform may send more than once, and to which it adds no media type. */
function sendable(body) {
  if (typeof body === "string") return new Blob([body]);
  if (!body?.pieces) return body;
  body.blob ??= new Blob(body.pieces);
  freeAll(body);
  return body.blob;
}

const none = (journey, id) => journey.noAnswer(id, isOnline());

const told = (id, answer) => (answer ? (journey) => journey.head(id, answer.status, answer.headers, false, false, answer.text, answer.isCut) : none);

async function byFetch({ id, method, url, headers, chars, idleMs, unseenMs }, body, outside, signal) {
  const controller = new AbortController();
  // Each member is said, also where it is absent: what was added to the prototype of all objects must not take its place.
  const init = {
    method, body, signal: controller.signal, credentials: "omit", cache: "no-store",
    dispatcher: undefined, duplex: undefined, headers: undefined, integrity: undefined, keepalive: undefined, mode: undefined,
    priority: undefined, redirect: undefined, referrer: undefined, referrerPolicy: undefined, window: undefined,
  };
  const request = new Request(url, init);
  for (const [name, value] of headers) request.headers.set(name, value);
  const stop = () => controller.abort();
  signal.addEventListener("abort", stop);
  const { over } = watch(unseenMs, stop);
  let response;
  try {
    response = await fetch(request);
  } catch {
    return none;
  } finally {
    over();
    signal.removeEventListener("abort", stop);
  }
  const { body: stream } = response;
  if (chars === undefined) {
    if (stream) holdStream(outside, id, stream, { isOurs: true, idleMs });
    return headOf(response, Boolean(stream));
  }
  const lines = linesOf(response.headers);
  const { text, isCut } = await textOf(stream, chars, idleMs, signal);
  return text === undefined ? none : (journey) => journey.head(id, response.status, lines, response.type === "cors", false, text, isCut);
}

async function textOf(stream, chars, idleMs, signal) {
  if (!stream) return { text: "", isCut: false };
  const reader = stream.getReader({ mode: undefined });
  let stalled = false;
  const stop = () => { reader.cancel().catch(() => {}); };
  signal.addEventListener("abort", stop);
  const { moved, over } = watch(idleMs, () => {
    stalled = true;
    stop();
  });
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (stalled) return {};
      if (done) return { text, isCut: false };
      moved();
      text += decoder.decode(value, { stream: true });
      if (text.length > chars) return { text: "", isCut: true };
    }
  } catch {
    return {};
  } finally {
    over();
    signal.removeEventListener("abort", stop);
    stop();
  }
}
