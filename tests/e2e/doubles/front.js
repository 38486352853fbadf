// A page server and a store in front of the real ones: they pass everything on, keep a record, and do wrong when told.
// The page is served with the front store's origin in its policy, and signed URLs lead there.
import http from "node:http";
import { Transform } from "node:stream";
import { extname } from "node:path";
import { readFile } from "node:fs/promises";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".bin": "application/octet-stream" };
const HARNESS = new URL("../harness/", import.meta.url);

/** @param {{ page: string, s3: string }} server */
export async function startFront(server) {
  const front = new Front(server);
  await front.start();
  return front;
}

class Front {
  #servers = [];
  #faults = [];
  #rest = null;
  /** Served as /e2e/content/NAME: what a page is to upload. */
  contents = new Map();
  /** { to: "page" | "store", method, url, headers, body, status } of everything that came, in order. */
  requests = [];
  /** May change the policy of a page or script that a test has served: (path, policy) => policy. */
  policyOf = (_, policy) => policy;
  /** Which of the page's own files cannot be had: (url) => boolean. */
  hides = () => false;
  /** What the page is to find in its configuration instead of the server's own. */
  config = {};
  /** Of the pages that tests serve. Browsers keep no form of a page that is not to be stored. */
  cacheControl = "no-store";
  /** May change what the signer answers: (request, answer) => answer. */
  onPresign = null;

  constructor(server) {
    this.server = server;
  }

  async start() {
    this.page = await this.#listen((request, response) => this.#servePage(request, response));
    this.s3 = await this.#listen((request, response) => this.#serveStore(request, response));
  }

  async #listen(handle) {
    const server = http.createServer((request, response) => {
      Promise.resolve(handle(request, response)).catch(() => response.destroy());
    });
    this.#servers.push(server);
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${server.address().port}`;
  }

  async stop() {
    await Promise.all(this.#servers.map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }));
  }

  /** The faults of the next requests to the store, one each (`null`: none), and of all that follow. */
  misbehave(faults, rest = null) {
    this.#faults = [...faults];
    this.#rest = rest;
    this.requests.length = 0;
  }

  behave() {
    this.misbehave([]);
    this.onPresign = null;
    this.hides = () => false;
    this.policyOf = (_, policy) => policy;
    this.config = {};
  }

  /** The requests to the store, preflights left out. */
  get toStore() {
    return this.requests.filter(({ to, method }) => to === "store" && method !== "OPTIONS");
  }

  get presigned() {
    return this.requests.filter(({ to, url }) => to === "page" && url === "/presign");
  }

  async #servePage(request, response) {
    if (request.url.startsWith("/e2e/")) return this.#serveHarness(request.url.slice(5), response);
    const record = this.#record("page", request);
    for await (const piece of request) record.pieces.push(piece);
    const body = record.body;
    if (this.hides(request.url)) {
      record.status = 404;
      response.writeHead(404, { "cache-control": "no-store" });
      return response.end();
    }
    const upstream = await forward(this.server.page, request, this.#headersFor(request, this.server.page), (out) => out.end(body));
    record.status = upstream.statusCode;
    const headers = { ...upstream.headers };
    const policy = "content-security-policy";
    if (headers[policy]) headers[policy] = headers[policy].replaceAll(this.server.s3, this.s3);
    const isConfig = request.url === "/config.json";
    if (!isConfig && request.url !== "/presign" || upstream.statusCode !== 200) {
      response.writeHead(upstream.statusCode, headers);
      return upstream.pipe(response);
    }
    const pieces = [];
    for await (const piece of upstream) pieces.push(piece);
    let answer = JSON.parse(Buffer.concat(pieces));
    if (isConfig) answer = { ...answer, ...this.config };
    else if (this.onPresign) answer = await this.onPresign(JSON.parse(body), answer);
    const text = JSON.stringify(answer).replaceAll(this.server.s3, this.s3);
    delete headers["content-length"];
    response.writeHead(200, headers);
    response.end(text);
  }

  async #serveHarness(path, response) {
    const content = path.startsWith("content/") ? this.contents.get(decodeURIComponent(path.slice(8))) : await readFile(new URL(path, HARNESS)).catch(() => null);
    const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${this.s3}`;
    const headers = { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": this.policyOf(path, policy), "cache-control": this.cacheControl };
    response.writeHead(content ? 200 : 404, headers);
    response.end(content ?? "");
  }

  async #serveStore(request, response) {
    const record = this.#record("store", request);
    const preflight = request.method === "OPTIONS";
    const fault = (!preflight && (this.#faults.length ? this.#faults.shift() : this.#rest)) || {};
    request.on("error", () => {});
    if (fault.silent) return;
    if (fault.answer) {
      for await (const piece of request) record.pieces.push(piece);
      record.status = fault.answer.status;
      response.writeHead(fault.answer.status, { ...this.#crossOrigin(), ...fault.answer.headers });
      return fault.endless ? pourForEver(response, record) : response.end(fault.answer.body);
    }
    let headers = this.#headersFor(request, this.server.s3);
    if (fault.requestHeaders) headers = fault.requestHeaders(headers);
    const upstream = await forward(this.server.s3, request, headers, (out) => pass(request, out, record, fault));
    record.status = upstream.statusCode;
    let sent = { ...upstream.headers };
    if (sent["access-control-allow-origin"]) sent["access-control-allow-origin"] = this.page;
    if (fault.headers) sent = fault.headers(sent);
    const length = Number(sent["content-length"]);
    if (fault.shorten) sent["content-length"] = String(length - fault.shorten);
    response.writeHead(upstream.statusCode, sent);
    upstream.on("error", () => response.destroy());
    // A browser that has given up leaves nothing behind that waits for it.
    response.on("close", () => upstream.destroy());
    upstream.pipe(spoil(fault, length, response)).pipe(response);
  }

  #record(to, request) {
    const pieces = [];
    const record = {
      to, method: request.method, url: request.url, headers: request.headers, status: null, at: performance.now(), pieces,
      get body() { return Buffer.concat(pieces); },
    };
    this.requests.push(record);
    return record;
  }

  #headersFor(request, target) {
    const headers = { ...request.headers, host: new URL(target).host };
    if (headers.origin) headers.origin = this.server.page;
    delete headers.referer;
    return headers;
  }

  #crossOrigin() {
    return { "access-control-allow-origin": this.page, "access-control-expose-headers": "ETag, Retry-After" };
  }
}

/** A body that ends when the browser has had enough; the record says how much was sent. */
function pourForEver(response, record) {
  const piece = Buffer.alloc(64 * 1024, " ");
  record.sent = 0;
  const pour = () => {
    while (!response.destroyed && response.write(piece)) record.sent += piece.length;
    record.sent += piece.length;
  };
  response.on("drain", pour);
  pour();
}

function forward(target, request, headers, send) {
  return new Promise((resolve, reject) => {
    const out = http.request(new URL(request.url, target), { method: request.method, headers, agent: false }, resolve);
    out.on("error", reject);
    request.on("close", () => { if (!request.complete) out.destroy(); });
    send(out);
  });
}

// The store hears of a cut as soon as the browser does: it must not wait for the rest.
function pass(request, out, record, { cutRequestAfter, stallRequestAfter, flipRequest }) {
  let seen = 0;
  request.on("data", (piece) => {
    record.pieces.push(Buffer.from(piece));
    if (flipRequest >= seen && flipRequest < seen + piece.length) piece[flipRequest - seen] ^= 1;
    seen += piece.length;
    if (seen >= cutRequestAfter) {
      out.destroy();
      request.socket.destroy();
    } else if (seen >= stallRequestAfter) {
      request.pause();
    } else if (!out.write(piece)) {
      request.pause();
      out.once("drain", () => request.resume());
    }
  });
  request.on("end", () => out.end());
}

function spoil({ flip, shorten, cutResponseAfter, stallResponseAfter }, length, response) {
  const turned = flip < 0 ? length + flip : flip;
  const last = shorten ? length - shorten : Infinity;
  let sent = 0;
  return new Transform({
    transform(piece, _, done) {
      const out = Buffer.from(piece.subarray(0, Math.max(0, last - sent)));
      if (turned >= sent && turned < sent + out.length) out[turned - sent] ^= 1;
      sent += piece.length;
      if (sent >= cutResponseAfter) {
        // To the byte: what comes in one piece must not slip through a cut before its end.
        const rest = out.subarray(0, Math.max(0, out.length - (sent - cutResponseAfter)));
        response.flushHeaders();
        if (rest.length) response.write(rest, () => response.destroy());
        else setImmediate(() => response.destroy());
        return;
      }
      if (sent >= stallResponseAfter) {
        // All but nothing more: a whole body would end the answer for the browser, and leave the connection waiting for it here.
        response.flushHeaders();
        response.write(out.subarray(0, Math.max(0, out.length - (sent - stallResponseAfter))));
        return;
      }
      done(null, out);
    },
    // An answer without a body, as to a PUT, is lost as a whole.
    flush(done) {
      if (sent >= cutResponseAfter) response.destroy();
      else if (!(sent >= stallResponseAfter)) done();
    },
  });
}
