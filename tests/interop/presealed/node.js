// Speaks the interop protocol for the package in Node.
import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { clientOf, description, failure } from "./client.js";

const { PRESEALED_PKG, PRESEALED_PAGE } = process.env;
const { default: init, ...presealed } = await import(pathToFileURL(join(PRESEALED_PKG, "inline.js")));
await init();
const client = clientOf(presealed, PRESEALED_PAGE.replace(/\/$/, ""));

const operations = {
  describe: () => description(`presealed in Node ${process.versions.node}`),
  put: async (request) => { await client.put(request, await openAsBlob(request.body)); },
  get: async (request) => { await writeFile(request.output, await (await client.get(request)).stream()); },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = await Promise.resolve(operations[request.operation](request))
    .then((result) => ({ ok: true, ...result }), (error) => ({ ok: false, error: failure(error) }));
  process.stdout.write(`${JSON.stringify({ id: request.id, ...answer })}\n`);
}
