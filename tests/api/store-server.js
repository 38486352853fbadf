// The store of tests over a network: one in memory, that listens. A URL's `fault` says what becomes of its first request.
import { createServer } from "node:http";
import { Store } from "../node/support/store.js";

const CORS = Object.fromEntries(["origin", "methods", "headers", "expose-headers"].map((name) => [`access-control-allow-${name}`, "*"]));
CORS["access-control-expose-headers"] = "etag, content-range, content-length, x-amz-meta-x-amz-c, *";

const met = new Set();

/** The fault of a URL, once. */
function faultOf({ href, searchParams }) {
  const fault = met.has(href) ? undefined : searchParams.get("fault");
  met.add(href);
  return fault;
}

async function answer(store, request, response) {
  const url = new URL(request.url, "http://store");
  if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const fault = faultOf(url);
  // Not every server tells that a client went away.
  const isWhole = body.length === Number(request.headers["content-length"] ?? 0);
  if (!isWhole || fault === "cut") return request.socket.destroy();
  // A store keeps this header with the object. Beside a condition every platform's fetch adds it, whatever it is told.
  const isConditional = ["if-match", "if-none-match"].some((name) => name in request.headers);
  const unasked = ["PUT", "POST"].includes(request.method) && !isConditional && request.headers["cache-control"];
  const answered = unasked ? store.refuse(400, `Unasked: ${unasked}`) : fault ? store.refuse(Number(fault), "Refused") : await store.answer(url.href, request.headers, body);
  response.writeHead(answered.status, { ...Object.fromEntries(answered.headers), ...CORS });
  response.end(answered.body ? Buffer.from(await answered.arrayBuffer()) : undefined);
}

/** Where it listens, for as long as the process lives. */
export async function startStore() {
  const store = new Store();
  const server = createServer((request, response) => { answer(store, request, response).catch((error) => response.destroy(error)); });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  server.unref();
  return `http://127.0.0.1:${server.address().port}`;
}
