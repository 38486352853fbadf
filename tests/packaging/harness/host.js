// Serves a folder as it is, below a path: what a user's own server does with what a tool has built.
import { readFile } from "node:fs/promises";
import http from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".json": "application/json", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** @param {{ at?: string, headers?: Record<string, string> }} options */
export async function host(folder, { at = "/", headers = {} } = {}) {
  const server = http.createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const file = name.startsWith(at) && await readFile(join(folder, normalize(decodeURIComponent(name.slice(at.length - 1))))).catch(() => null);
    if (!file) return response.writeHead(404, headers).end();
    return response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", ...headers }).end(file);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}${at}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
