// Doubles, named by what they do. Those that stand in for a global do so until the test ends.
import { afterwards } from "../runner.js";
import { runtime } from "../runtime.js";

/** Whole while it is looked at, before the work, and then read by that. */
const blobReadBy = (arrayBuffer) => {
  const blob = new Blob([new Uint8Array(1000)]);
  let looked = false;
  blob.slice = (...range) => {
    if (looked) return { arrayBuffer };
    looked = true;
    return Blob.prototype.slice.apply(blob, range);
  };
  return blob;
};

export const blobThatFails = (cause) => blobReadBy(() => Promise.reject(cause));
export const blobThatShrinks = () => blobReadBy(async () => new ArrayBuffer(999));
export const blobThatAborts = (controller, reason) =>
  blobReadBy(() => {
    controller.abort(reason);
    return new Promise(() => {});
  });

export function fileThatRemembers() {
  const file = { bytesWritten: 0, parts: [], closed: false, aborted: false, reason: undefined };
  file.createWritable = async () =>
    new WritableStream({
      write(chunk) {
        file.bytesWritten += chunk.byteLength;
        file.parts.push(chunk);
      },
      close() { file.closed = true; },
      abort(reason) {
        file.aborted = true;
        file.reason = reason;
      },
    });
  file.content = () => new Blob(file.parts);
  return file;
}

export function fileThatRefuses(cause) {
  const file = { closed: false };
  file.createWritable = async () =>
    new WritableStream({ write() { throw cause; }, close() { file.closed = true; } });
  return file;
}

export const signalThatFires = () => AbortSignal.timeout(100);

export const objectThatThrows = (name, rest, cause) => Object.defineProperty({ ...rest }, name, { enumerable: true, get() { throw cause; } });

export const fileThatCannotBeWritten = (cause) => ({ createWritable: async () => { throw cause; } });

/** Whether files of the origin's private file system can be written; not so in WebKitGTK alone, of browsers. */
export const canWriteFiles = "createWritable" in (globalThis.FileSystemFileHandle?.prototype ?? {});
if (!canWriteFiles && ["page", "service-worker"].includes(runtime) && /Chrome|Firefox/.test(navigator.userAgent)) throw new Error("no file of the private file system");

export async function realFile() {
  const directory = await navigator.storage.getDirectory();
  return directory.getFileHandle(`presealed-test-${crypto.randomUUID()}`, { create: true });
}

/** Its bytes, once; the file is removed. */
export async function readRealFile(handle) {
  const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
  const directory = await navigator.storage.getDirectory();
  await directory.removeEntry(handle.name);
  return bytes;
}

export function bodyInChunks(bytes, chunk, afterFirst) {
  const body = { pulled: 0, cancelled: false };
  let position = 0;
  body.stream = new ReadableStream(
    {
      pull(controller) {
        if (position >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(position, position + chunk));
        position += chunk;
        body.pulled = Math.min(position, bytes.length);
        if (position === chunk && afterFirst) return afterFirst();
      },
      cancel() { body.cancelled = true; },
    },
    { highWaterMark: 0 },
  );
  return body;
}

/** An answer of another origin: of its headers, CORS lets these through. */
export const crossOrigin = (headers) => Object.defineProperty(new Response(null, { headers }), "type", { value: "cors" });

export async function drain(stream) {
  const chunks = [];
  const reader = stream.getReader();
  const end = (error) => new Blob(chunks).arrayBuffer().then((bytes) => ({ bytes: new Uint8Array(bytes), error }));
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return end();
      chunks.push(value);
    }
  } catch (error) {
    return end(error);
  }
}

/** A signer. `answer` may be an answer, or a function that makes one. */
export function signerThatAnswers(answer) {
  const signer = { requests: [], signals: [] };
  signer.presign = async (request, signal) => {
    signer.requests.push(request);
    signer.signals.push(signal);
    const url = `https://store.test/${signer.requests.length}`;
    return typeof answer === "function" ? answer(url) : { url, ...answer };
  };
  return signer;
}

/**
 * Stands in for XMLHttpRequest. Each request gets the next of the answers:
 * `{ status, headers?, text?, progress? }`, or `"no answer"`, or `"never"`.
 */
export function storeThatAnswers(answers, onSend) {
  const real = globalThis.XMLHttpRequest;
  const store = { requests: [], aborted: 0 };
  afterwards(() => { globalThis.XMLHttpRequest = real; });
  globalThis.XMLHttpRequest = class {
    readyState = 0;
    status = 0;
    responseText = "";
    upload = {};
    #answer = {};
    #request = { headers: {} };
    open(method, url) {
      Object.assign(this.#request, { method, url });
      this.readyState = 1;
    }
    setRequestHeader(name, value) {
      if (name in this.#request.headers) throw new Error(`${name} twice`);
      this.#request.headers[name] = value;
    }
    getAllResponseHeaders() { return Object.entries(this.#answer.headers ?? {}).map((entry) => `${entry.join(": ")}\r\n`).join(""); }
    send(body) {
      this.#request.body = body;
      store.requests.push(this.#request);
      const answer = answers.shift();
      if (answer === undefined) throw new Error("one request too many");
      onSend?.();
      if (answer === "never") return;
      setTimeout(() => {
        if (answer !== "no answer") this.#answer = answer;
        for (const loaded of this.#answer.progress ?? []) this.upload.onprogress?.({ loaded });
        this.status = this.#answer.status ?? 0;
        // As browsers do: the text so far, and again whenever there is more. An answer without end gives it up to the moment it is aborted.
        for (const text of this.#answer.pieces ?? [this.#answer.text ?? ""]) {
          if (this.readyState === 4) return;
          this.readyState = 3;
          this.responseText += text;
          store.received = this.responseText.length;
          this.onprogress?.();
        }
        if (this.readyState === 4) return;
        this.readyState = 4;
        this.onloadend?.();
      });
    }
    abort() {
      store.aborted++;
      const ended = this.readyState === 3;
      this.readyState = 4;
      this.status = 0;
      this.responseText = "";
      if (ended) this.onloadend?.();
    }
  };
  return store;
}

// Stands in for fetch. `answers` are responses, what to throw, or `"never"`.
export function fetchThatAnswers(answers) {
  const real = globalThis.fetch;
  const store = { requests: [], answers };
  afterwards(() => { globalThis.fetch = real; });
  globalThis.fetch = async (...asked) => {
    const request = new Request(...asked);
    store.requests.push(request);
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    if (answer === "never") return new Promise((_, reject) => { request.signal.addEventListener("abort", () => reject(request.signal.reason)); });
    throw answer;
  };
  return store;
}

/** What is measured by intervals takes a two hundredth of its time. Gives, as they pass, the times after which something counts as stalled. */
export function timeFlies() {
  const { setInterval } = globalThis;
  const stalls = [];
  globalThis.setInterval = (does, ms) => {
    let ticks = 0;
    return setInterval(() => {
      ticks += 1;
      if (ticks === 5) stalls.push(4 * ms);
      does();
    }, ms / 200);
  };
  afterwards(() => { globalThis.setInterval = setInterval; });
  return stalls;
}

/** An answer whose body errors before its first byte, as one does that a browser cannot decode. */
export const answerThatBreaks = (headers, status) => {
  const source = { pull: (controller) => controller.error(new TypeError("failed to fetch")) };
  const made = () => {
    try {
      return new ReadableStream({ type: "bytes", ...source });
    } catch {
      // WebKitGTK makes no streams of bytes.
      return new ReadableStream(source, { highWaterMark: 0 });
    }
  };
  return new Response(made(), { status, headers });
};

/** As runtimes that take IVs of 96 bits only. */
export function only96BitIvs() {
  const { encrypt } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.encrypt = function refusing(algorithm, ...rest) {
    if (algorithm.name === "AES-GCM" && algorithm.iv.byteLength !== 12) return Promise.reject(new DOMException("an IV of 12 bytes", "OperationError"));
    return encrypt.call(this, algorithm, ...rest);
  };
  afterwards(() => { SubtleCrypto.prototype.encrypt = encrypt; });
}

/** The browser says that it is offline, and for a moment, now and then, that it is back, until the test ends or what it gives is called. */
export function offline(flickerMs) {
  Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
  const back = () => dispatchEvent(new Event("online"));
  const flicker = flickerMs && setInterval(back, flickerMs);
  const end = () => {
    clearInterval(flicker);
    delete navigator.onLine;
    back();
  };
  afterwards(end);
  return end;
}
