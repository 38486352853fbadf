// Serves the form and the package's files, signs, and gets what the form sends.
import { readFile } from "node:fs/promises";
import http from "node:http";
import { extname } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { KEY, sign } from "./sign.js";

const FOLDER = new URL("./", import.meta.url);
const PACKAGE = new URL("./", import.meta.resolve("presealed"));
const FILES = { "/": new URL("index.html", FOLDER), "/public.pem": new URL("public.pem", FOLDER) };
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wasm": "application/wasm", ".pem": "application/x-pem-file" };

const server = http.createServer(async (request, response) => {
  try {
    if (request.url === "/presign") return await answer(request, response);
    if (request.url === "/applications") return await receive(request, response);
    const [, name] = /^\/presealed\/((?:element\/)?[\w-]+\.(?:js|wasm))$/.exec(request.url) ?? [];
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

/** The form has keys where it had files. They come from a page, so they are looked at. */
async function receive(request, response) {
  const { headers } = request;
  const form = await new Response(await text(request), { headers: { "content-type": headers["content-type"] } }).formData();
  const [name, key] = [form.get("name"), form.get("cv")];
  if (!name || !KEY.test(key)) return response.writeHead(400).end("Something is missing.");
  console.log(`${JSON.stringify(name)} has handed in ${key}`);
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(`Thank you. It is stored as ${key}.`);
}

server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => console.log(`http://localhost:${server.address().port}`));
