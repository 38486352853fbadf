// The development server's store and signer, for a page of any origin, with a record of what came.
import http from "node:http";

/** @param {{ page: string, s3: string }} server */
export async function startStore(server) {
  const store = new Store(server);
  await store.start();
  return store;
}

class Store {
  #listener;
  #target;
  /** { method, key, part, length } of each request that the store has answered. */
  requests = [];

  constructor(target) {
    this.#target = target;
  }

  async start() {
    this.#listener = http.createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    await new Promise((resolve) => this.#listener.listen(0, "127.0.0.1", resolve));
    this.origin = `http://127.0.0.1:${this.#listener.address().port}`;
    this.signer = `${this.origin}/presign`;
  }

  stop() {
    this.#listener.closeAllConnections();
    this.#listener.close();
  }

  /** The bodies that were stored under a key: how many bytes each. */
  stored(key) {
    return this.requests.filter((request) => request.method === "PUT" && request.key === key).map(({ length }) => length);
  }

  async #serve(request, response) {
    const open = { "access-control-allow-origin": "*", "access-control-allow-headers": "*", "access-control-allow-methods": "*" };
    if (request.method === "OPTIONS") return response.writeHead(204, { ...open, "access-control-max-age": "600" }).end();
    return request.url === "/presign" ? this.#sign(request, response, open) : this.#pass(request, response, open);
  }

  async #sign(request, response, open) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${this.#target.page}/presign`, { method: "POST", headers, body: Buffer.concat(pieces) });
    const text = (await answer.text()).replaceAll(this.#target.s3, this.origin);
    response.writeHead(answer.status, { ...open, "content-type": "application/json" }).end(text);
  }

  async #pass(request, response, open) {
    const { host } = new URL(this.#target.s3);
    const { origin, referer, ...headers } = { ...request.headers, host };
    const out = http.request(new URL(request.url, this.#target.s3), { method: request.method, headers });
    let length = 0;
    request.on("data", (piece) => { length += piece.length; });
    request.pipe(out);
    const answer = await new Promise((resolve, reject) => out.on("response", resolve).on("error", reject));
    const { pathname, searchParams } = new URL(request.url, this.origin);
    if (answer.statusCode < 300) this.requests.push({ method: request.method, key: keyOf(pathname), part: searchParams.get("partNumber"), length });
    response.writeHead(answer.statusCode, { ...answer.headers, ...open, "access-control-expose-headers": Object.keys(answer.headers).join() });
    answer.pipe(response);
  }
}

/** Without the bucket. */
const keyOf = (path) => decodeURIComponent(path.split("/").slice(2).join("/"));
