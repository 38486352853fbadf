// Requests: to the signer, and to the store by XMLHttpRequest where there is one, which tells of progress, else by fetch.
import { headOf, holdStream, linesOf } from "./body.js";
import { bodyOf } from "./content.js";
import { isOnline, until } from "./drive.js";
import { watch } from "./idle.js";
import { freeAll, inOne } from "./memory.js";
import { keepsBodies } from "./workers.js";
import { byXhr } from "./xhr.js";

/** @import { Effect, Hand, Outside } from "./drive.js" */
/** @typedef {{ status: number, headers: import("./bindings.js").Headers, text: string, isCut: boolean }} Answer */

/** @type {Effect<"presign">} */
export async function presign({ request }, { given }, signal) {
  const answer = await until(given.presign.call(undefined, request, signal), signal);
  return (journey, id) => journey.presigned(id, answer);
}

/** @type {Effect<"send">} */
export async function send(step, outside, signal) {
  const { id, chars, method, url, headers, idleMs, unseenMs } = step;
  const body = bodyOf(step.body, outside);
  const moved = (/** @type {number} */ bytes) => outside.moved(id, bytes);
  const request = { chars, method, url, headers, idleMs, unseenMs };
  if (body?.worker) return told(id, (await body.worker.ask({ step: "send", request }, signal, moved)).answer);
  if (chars === undefined || typeof globalThis.XMLHttpRequest !== "function") return byFetch(step, sendable(body), outside, signal);
  return told(id, await byXhr({ ...request, chars }, body?.pieces && !keepsBodies() ? inOne(body) : sendable(body), moved, signal));
}

/**
 * Text and buffers as a Blob, which the platform may send more than once, and to which it adds no media type. Firefox 153 keeps Blobs until it
 * collects garbage: 1 GiB in parts held 665 MiB at its peak, and as bytes 109.
 * @param {any} body
 * @returns {Blob | undefined}
 */
function sendable(body) {
  if (typeof body === "string") return new Blob([body]);
  if (!body?.pieces) return body;
  body.blob ??= new Blob(body.pieces);
  freeAll(body);
  return body.blob;
}

/** @type {Hand} */
const none = (journey, id) => journey.noAnswer(id, isOnline());

/** @type {(id: number, answer: Answer | undefined) => Hand} */
const told = (id, answer) => (answer ? (journey) => journey.head(id, answer.status, answer.headers, false, false, answer.text, answer.isCut) : none);

/** @type {(step: import("./bindings.js").StepOf<"send">, body: Blob | undefined, outside: Outside, signal: AbortSignal) => Promise<Hand>} */
async function byFetch({ id, method, url, headers, chars, idleMs, unseenMs }, body, outside, signal) {
  const controller = new AbortController();
  const sent = new Headers();
  for (const [name, value] of headers) sent.set(name, value);
  // Each member is said, also where it is absent: what was added to the prototype of all objects must not take its place.
  /** @type {RequestInit & { dispatcher: undefined, duplex: undefined }} */
  const init = {
    method, body, signal: controller.signal, credentials: "omit",
    // With an upload it would go as a header, which the store keeps with the object.
    cache: method === "GET" || method === "HEAD" ? "no-store" : undefined,
    dispatcher: undefined, duplex: undefined, headers: sent, integrity: undefined, keepalive: undefined, mode: undefined,
    priority: undefined, redirect: undefined, referrer: undefined, referrerPolicy: undefined, window: undefined,
  };
  const stop = () => controller.abort();
  signal.addEventListener("abort", stop);
  const { over } = watch(unseenMs, stop);
  let response;
  try {
    // Not as a Request, which Next makes another of: without the length of its body, which is signed.
    response = await fetch(url, init);
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

/** @type {(stream: Response["body"], chars: number, idleMs: number, signal: AbortSignal) => Promise<{ text: string | undefined, isCut: boolean }>} */
async function textOf(stream, chars, idleMs, signal) {
  if (!stream) return { text: "", isCut: false };
  const reader = /** @type {ReadableStreamDefaultReader<Uint8Array>} */ (stream.getReader({ mode: undefined }));
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
      if (stalled) return { text: undefined, isCut: false };
      if (done) return { text, isCut: false };
      moved();
      text += decoder.decode(value, { stream: true });
      if (text.length > chars) return { text: "", isCut: true };
    }
  } catch {
    return { text: undefined, isCut: false };
  } finally {
    over();
    signal.removeEventListener("abort", stop);
    stop();
  }
}
