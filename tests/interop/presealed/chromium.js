// Speaks the interop protocol for the package in a headless browser.
import { readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { startHarness } from "../../e2e/support/harness.js";
import { description } from "./client.js";

// Runs in the page; what it is given and what it answers is JSON.
const CALL = `
  const [operation, request, done] = arguments;
  (async () => {
    const { clientOf, failure } = await import("/e2e/content/client.js");
    try {
      const { default: init, ...presealed } = await import("/pkg/presealed.js");
      await init();
      const client = clientOf(presealed, "");
      if (operation === "put") {
        await client.put(request, await (await fetch("/e2e/content/body.bin")).blob());
        return { ok: true };
      }
      const content = await client[operation](request);
      if (operation !== "get") return { ok: true };
      const url = await new Promise((resolve, reject) => {
        const reader = Object.assign(new FileReader(), { onload: () => resolve(reader.result), onerror: () => reject(reader.error) });
        reader.readAsDataURL(content);
      });
      return { ok: true, content: url.slice(url.indexOf(",") + 1) };
    } catch (error) {
      return { ok: false, error: failure(error) };
    }
  })().then(done);
`;

const harness = await startHarness();
harness.front.contents.set("client.js", await readFile(new URL("client.js", import.meta.url)));

async function answer(request) {
  if (request.operation === "describe") {
    const capabilities = await harness.browser.driver.getCapabilities();
    return { ok: true, reencrypts: true, ...description(`presealed in ${capabilities.get("browserName")} ${capabilities.get("browserVersion")}`) };
  }
  if (request.body) harness.front.contents.set("body.bin", await readFile(request.body));
  harness.front.requests.length = 0;
  const { content, ...rest } = await harness.browser.driver.executeAsyncScript(CALL, request.operation, request);
  if (content !== undefined) await writeFile(request.output, Buffer.from(content, "base64"));
  return rest;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const said = await answer(request).catch((error) => ({ ok: false, error: `driver: ${error}` }));
  process.stdout.write(`${JSON.stringify({ id: request.id, ...said })}\n`);
}
await harness.stop();
