// Serves the page and the package's files, and signs.
import { readFile } from "node:fs/promises";
import http from "node:http";
import { extname } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { sign } from "./sign.js";

const PAGE = new URL("./", import.meta.url);
const PACKAGE = new URL("./", import.meta.resolve("presealed"));
const FILES = { "/": new URL("index.html", PAGE), "/page.js": new URL("page.js", PAGE) };
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wasm": "application/wasm" };

const server = http.createServer(async (request, response) => {
  try {
    if (request.url === "/presign") return await answer(request, response);
    const [, name] = /^\/presealed\/([\w-]+\.(?:js|wasm))$/.exec(request.url) ?? [];
    const file = name ? new URL(name, PACKAGE) : FILES[request.url];
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(fileURLToPath(file))] }).end(await readFile(file));
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

/** Node's server has neither `Request` nor `Response`, which the signer takes and gives. */
async function answer(request, response) {
  const { method, headers } = request;
  const body = method === "POST" ? await text(request) : undefined;
  const signed = await sign(new Request("http://localhost/presign", { method, headers, body }));
  response.writeHead(signed.status, { "content-type": "application/json" }).end(await signed.text());
}

server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => console.log(`http://localhost:${server.address().port}`));
