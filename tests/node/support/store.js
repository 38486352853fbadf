// A store in memory behind `fetch` and XMLHttpRequest, whose presigned URLs name the operation. A hook may answer in its place.
// It runs in Node, in a page and for a worker of one.

const xml = (body, status = 200, headers = {}) => new Response(body, { status, headers });
const refusal = (status, code, message = code) => xml(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`, status);
/** Node's own kind of bytes, where there is one. */
const bytesOf = (buffer) => globalThis.Buffer?.from(buffer) ?? new Uint8Array(buffer);

/** No MD5, which pages lack; it tells contents apart. */
function eTagOf(bytes) {
  let [one, other] = [0x811c9dc5, bytes.length];
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x01000193);
    other = Math.imul(other + byte, 0x5bd1e995) ^ (other >>> 13);
  }
  return `"${[one, other].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("")}"`;
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return bytesOf(whole.buffer);
}

export const ORIGIN = "https://store.test";

export class Store {
  objects = new Map();
  uploads = new Map();
  /** Every request: operation, key, headers, body and so on. */
  log = [];
  /** @type {(entry: object) => unknown} */
  hook = () => undefined;
  #uploads = 0;

  presign = async (request) => {
    const url = new URL(ORIGIN);
    url.searchParams.set("request", JSON.stringify(request));
    return { url: url.href };
  };

  refuse = refusal;

  #object(key) {
    return this.objects.get(key);
  }

  /** What it answers to a request. */
  answer = async (url, headers, body) => {
    const entry = { ...JSON.parse(new URL(url).searchParams.get("request")), sent: headers, body };
    this.log.push(entry);
    const answer = await this.hook(entry);
    if (answer instanceof Error) throw answer;
    return answer ?? this.serve(entry);
  };

  serve({ operation, key, uploadId, partNumber, sent, body }) {
    const upload = this.uploads.get(uploadId);
    if (uploadId && !upload) return refusal(404, "NoSuchUpload");
    switch (operation) {
      case "PutObject": {
        if (sent["if-none-match"] && this.#object(key)) return refusal(412, "PreconditionFailed");
        this.objects.set(key, { bytes: body, headers: sent, eTag: eTagOf(body) });
        return xml("", 200, { etag: eTagOf(body) });
      }
      case "HeadObject":
      case "GetObject": return this.#read(key, sent, operation === "HeadObject");
      case "CreateMultipartUpload": {
        const id = `upload-${this.#uploads += 1}`;
        this.uploads.set(id, { headers: sent, parts: new Map() });
        return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
      }
      case "UploadPart": {
        upload.parts.set(partNumber, body);
        return xml("", 200, { etag: eTagOf(body) });
      }
      case "ListParts": {
        const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([number, bytes]) => `<Part><PartNumber>${number}</PartNumber><ETag>${eTagOf(bytes)}</ETag><Size>${bytes.length}</Size></Part>`);
        return xml(`<ListPartsResult><IsTruncated>false</IsTruncated>${parts.join("")}</ListPartsResult>`);
      }
      case "CompleteMultipartUpload": {
        if (sent["if-none-match"] && this.#object(key)) return refusal(412, "PreconditionFailed");
        const bytes = joined([...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part));
        this.objects.set(key, { bytes, headers: upload.headers, eTag: eTagOf(bytes) });
        this.uploads.delete(uploadId);
        return xml(`<CompleteMultipartUploadResult><ETag>${eTagOf(bytes)}</ETag></CompleteMultipartUploadResult>`);
      }
      default:
        this.uploads.delete(uploadId);
        return new Response(null, { status: 204 });
    }
  }

  #read(key, sent, headOnly) {
    const object = this.#object(key);
    if (!object) return refusal(404, "NoSuchKey");
    if (sent["if-match"] && sent["if-match"] !== object.eTag) return refusal(412, "PreconditionFailed");
    const stored = Object.entries(object.headers).filter(([name]) => /^(x-amz-meta-|content-type$)/.test(name));
    const headers = { ...Object.fromEntries(stored), etag: object.eTag };
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(sent.range ?? "") ?? [];
    if (first === undefined) {
      return new Response(headOnly ? null : object.bytes, { headers: { ...headers, "content-length": String(object.bytes.length) } });
    }
    const end = last === "" ? object.bytes.length - 1 : Math.min(Number(last), object.bytes.length - 1);
    const part = object.bytes.subarray(Number(first), end + 1);
    const range = { "content-range": `bytes ${first}-${end}/${object.bytes.length}`, "content-length": String(part.length) };
    return new Response(part, { status: 206, headers: { ...headers, ...range } });
  }

  /** Takes the place of the network in this process. */
  install() {
    standIn(this.answer);
    return this;
  }
}

/** What an XMLHttpRequest is before it is opened. */
export class IdleXhr {
  static DONE = 4;
  upload = {};
  readyState = 0;
  status = 0;
  responseText = "";
}

/** Has requests to a store answered by that, and gives what ends it. Those to others go on as they did. */
export function standIn(answer) {
  const { fetch, XMLHttpRequest } = globalThis;
  globalThis.fetch = (asked, ...more) => {
    const url = asked instanceof Request ? asked.url : String(asked);
    return url.startsWith(ORIGIN) ? answer(url, Object.fromEntries(new Request(asked, ...more).headers)) : fetch(asked, ...more);
  };
  globalThis.XMLHttpRequest = class extends IdleXhr {
    #url;
    #headers = {};
    #answered;
    #sending = false;
    open(_, url) { this.#url = url; this.readyState = 1; }
    setRequestHeader(name, value) { this.#headers[name.toLowerCase()] = value; }
    getResponseHeader(name) { return this.#answered?.headers.get(name) ?? null; }
    getAllResponseHeaders() { return [...this.#answered?.headers ?? []].map(([name, value]) => `${name}: ${value}\r\n`).join(""); }
    abort() {
      const sending = this.#sending && this.readyState !== 4;
      this.readyState = 0;
      this.status = 0;
      if (sending) this.onloadend?.();
    }
    async send(body) {
      this.#sending = true;
      try {
        const bytes = bytesOf(body ? await new Response(body).arrayBuffer() : new ArrayBuffer(0));
        const answered = await answer(this.#url, this.#headers, bytes);
        this.responseText = await answered.clone().text();
        this.#answered = answered;
        this.status = answered.status;
      } catch {
        this.status = 0;
      }
      if (this.readyState === 0) return;
      this.readyState = 4;
      this.onload?.();
      this.onloadend?.();
    }
  };
  return () => Object.assign(globalThis, { fetch, XMLHttpRequest });
}
