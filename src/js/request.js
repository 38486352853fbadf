// Requests: to the signer, and to the store by XMLHttpRequest where there is one, which tells of progress, else by fetch.
import { bodyOf } from "./content.js";
import { isOnline, until } from "./drive.js";

/** @type {import("./drive.js").Effect} */
export async function presign({ request }, { given }, signal) {
  const answer = await until(given.presign.call(undefined, request, signal), signal);
  return (journey, id) => journey.presigned(id, answer);
}

/** @type {import("./drive.js").Effect} */
export function send(step, outside, signal) {
  const body = sendable(bodyOf(step.body, outside));
  const isText = step.chars !== undefined;
  return isText && typeof globalThis.XMLHttpRequest === "function" ? byXhr(step, body, outside, signal) : byFetch(step, body, outside, signal);
}

/** Text and buffers as a Blob, which the platform may send more than once, and to which it adds no media type. */
const sendable = (body) => (typeof body === "string" ? new Blob([body]) : body?.pieces ? new Blob(body.pieces) : body);

const none = (journey, id) => journey.noAnswer(id, isOnline());

function byXhr({ id, method, url, headers, chars }, body, { moved }, signal) {
  const xhr = new XMLHttpRequest();
  xhr.open(method, url, true);
  for (const [name, value] of headers) xhr.setRequestHeader(name, value);
  if (xhr.upload) xhr.upload.onprogress = ({ loaded }) => moved(id, loaded);
  return new Promise((resolve) => {
    let cut;
    const stop = () => xhr.abort();
    signal.addEventListener("abort", stop);
    const end = (hand) => {
      signal.removeEventListener("abort", stop);
      resolve(hand);
    };
    // Firefox tells of a state once, and of progress again and again.
    xhr.onprogress = () => {
      if (cut || (xhr.responseText?.length ?? 0) <= chars) return;
      cut = { status: xhr.status, headers: headersOf(xhr) };
      xhr.abort();
    };
    // It follows success, failure and abort alike.
    xhr.onloadend = () => {
      if (cut) return end((journey) => journey.head(id, cut.status, cut.headers, false, false, "", true));
      if (!xhr.status) return end(none);
      const [lines, text] = [headersOf(xhr), xhr.responseText ?? ""];
      end((journey) => journey.head(id, xhr.status, lines, false, false, text, false));
    };
    xhr.send(body ?? null);
  });
}

function headersOf(xhr) {
  const lines = (xhr.getAllResponseHeaders() ?? "").split(/[\r\n]+/).filter(Boolean);
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
}

async function byFetch({ id, method, url, headers, chars }, body, { held, things }, signal) {
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
  let response;
  try {
    response = await fetch(request);
  } catch {
    return none;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  const lines = [...response.headers].map(([name, value]) => [name.toLowerCase(), value]);
  const { status, body: stream } = response;
  const isCors = response.type === "cors";
  if (chars === undefined) {
    if (stream) {
      const reader = stream.getReader({ mode: undefined });
      things.set(id, { reader, left: undefined });
      // Closes the connection of a body that was not read to its end; a no-op otherwise.
      held.set(id, () => { reader.cancel().catch(() => {}); });
    }
    return (journey) => journey.head(id, status, lines, isCors, Boolean(stream), "", false);
  }
  const { text, isCut } = await textOf(stream, chars, signal);
  return text === undefined ? none : (journey) => journey.head(id, status, lines, isCors, false, text, isCut);
}

async function textOf(stream, chars, signal) {
  if (!stream) return { text: "", isCut: false };
  const reader = stream.getReader({ mode: undefined });
  const stop = () => { reader.cancel().catch(() => {}); };
  signal.addEventListener("abort", stop);
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { text, isCut: false };
      text += decoder.decode(value, { stream: true });
      if (text.length > chars) return { text: "", isCut: true };
    }
  } catch {
    return {};
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** Bytes of an answer's body, to that many or its end. */
/** @type {import("./drive.js").Effect} */
export async function pull({ id, stream, bytes }, { things }, signal) {
  const body = things.get(stream);
  const pieces = [];
  const stop = () => { body.reader.cancel().catch(() => {}); };
  signal.addEventListener("abort", stop);
  try {
    for (let wanted = bytes; wanted > 0;) {
      let chunk = body.left;
      if (!chunk) {
        const { done, value } = await body.reader.read();
        if (done) return (journey) => journey.pulled(id, pieces, true);
        chunk = value;
      }
      const taken = chunk.subarray(0, wanted);
      body.left = taken.length < chunk.length ? chunk.subarray(taken.length) : undefined;
      pieces.push(taken);
      wanted -= taken.length;
    }
    return (journey) => journey.pulled(id, pieces, false);
  } catch (cause) {
    return (journey) => journey.broken(id, pieces, cause, isOnline());
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
