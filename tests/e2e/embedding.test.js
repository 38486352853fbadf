// The package where pages put it: started twice, given another frame's objects, bundled, under Trusted Types, from another origin.
import assert from "node:assert/strict";
import http from "node:http";
import { extname } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { startHarness } from "./support/harness.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { browser } from "./support/settings.js";

const CONTENT = withCanary(12 * MIB + 5);
const LARGE = withCanary(33 * MIB);

let harness;
let elsewhere;
before(async () => {
  harness = await startHarness();
  harness.content("file", CONTENT);
  harness.content("large", LARGE);
  harness.content("empty.html", { bytes: '<!doctype html><html lang="en"><title>Nothing but this</title><script type="module" src="/e2e/content/runner.js"></script><body>' });
  harness.content("runner.js", { bytes: `
    import body from "/e2e/content/body.js";
    const said = (error) => [error.name, error.code, error.message, error.cause].join(" ").slice(0, 1000);
    window.run = (input) => body(JSON.parse(input)).then((result) => JSON.stringify({ result }), (error) => JSON.stringify({ error: said(error) }));
  ` });
  elsewhere = await serveElsewhere();
});
after(async () => {
  await harness?.stop();
  elsewhere?.close();
});
afterEach(() => harness?.front.behave());

/** The package on an origin that is not the page's. */
async function serveElsewhere() {
  const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
  const server = http.createServer(async ({ url }, response) => {
    const upstream = await fetch(new URL(url, harness.front.page));
    response.writeHead(upstream.status, { "content-type": types[extname(url)] ?? "text/plain", "access-control-allow-origin": "*" });
    response.end(Buffer.from(await upstream.arrayBuffer()));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close(); } };
}

/** A page on which nothing of the package has started, and what the body of an async function returns there. */
async function onEmptyPage(body, { input = {}, policy = (usual) => usual } = {}) {
  const { driver } = harness.browser;
  harness.front.policyOf = (path, usual) => (path.endsWith(".html") ? policy(usual) : usual);
  harness.content("body.js", { bytes: `export default async (input) => { ${body} };` });
  await driver.get(`${harness.front.page}/e2e/content/empty.html`);
  await driver.wait(() => driver.executeScript("return Boolean(window.run)"), 20_000, "the page did not load");
  const outcome = JSON.parse(await driver.executeAsyncScript("window.run(arguments[0]).then(arguments[1])", JSON.stringify(input)));
  assert.equal(outcome.error, undefined);
  return outcome.result;
}

const UPLOAD = `
  const { presign } = await import("/presign.js");
  const { sha256 } = await import("/e2e/sha256.js");
  const wayAndBack = async (calls, file, more) => {
    const keyring = await calls.RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
    const options = { key: input.key, keyring, presign };
    await calls.putObject(file, { ...options, ...more });
    return sha256(await (await calls.getObject(options)).blob());
  };
  const contentOf = async (name) => (await fetch("/e2e/content/" + name)).blob();
  const codeOf = async (call) => { try { await call(); return "no error"; } catch (error) { return error.name + " " + error.code; } };`;

/** Counts what the page's workers say. */
const HEARD = `
  let heard = 0;
  const Own = Worker;
  globalThis.Worker = class extends Own {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", () => { heard += 1; });
    }
  };`;

/** The files of the package that were fetched, but for what the page itself asks its server by. */
const ours = () => harness.front.requests.filter(({ to, url }) => to === "page" && url.includes("/pkg/"))
  .map(({ url }) => url.split("/pkg/")[1]).filter((name) => name !== "endpoints.js");

test("of two starts at once, a keyring that is made between them keeps its key", async () => {
  const result = await onEmptyPage(`
    const { default: init, RawAesKeyring, encrypt, openObject } = await import("/pkg/presealed.js");
    const [first, second] = [init(), init()];
    await first;
    const keyring = RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
    await second;
    await init();
    const { body, headers } = await encrypt(new Blob(["content"]), { keyring });
    const again = RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
    return (await (await openObject(new Response(body, { headers: { ...headers, "content-length": String(body.size) } }), { keyring: again })).blob()).text();
  `);
  assert.equal(result, "content");
});

for (const where of ["presealed.js", "in-worker.js"]) {
  test(`objects of a frame of the same origin are taken, by ${where}`, async () => {
    const result = await onEmptyPage(`${UPLOAD}
      const calls = ${where === "in-worker.js" ? 'await import("/pkg/in-worker.js").then(({ inWorker }) => inWorker())' : 'await import("/pkg/presealed.js")'};
      await (await import("/pkg/presealed.js")).default();
      const frame = document.body.appendChild(document.createElement("iframe"));
      const its = frame.contentWindow;
      const bytes = new its.Uint8Array(await (await contentOf("file")).arrayBuffer());
      const cryptoKey = await its.crypto.subtle.importKey("raw", new its.Uint8Array(32).fill(7), "AES-GCM", false, ["encrypt", "decrypt"]);
      const sums = [];
      for (const [source, key] of [
        [new its.File([bytes], "a file"), new its.Uint8Array(32).fill(7)], [new its.Blob([bytes]), cryptoKey], [bytes, cryptoKey],
      ]) {
        const keyring = await calls.RawAesKeyring.fromKey(key);
        const { signal } = new its.AbortController();
        const options = { key: input.key, keyring, presign, signal };
        await calls.putObject(source, options);
        sums.push(await sha256(await (await calls.getObject(options)).blob()));
      }
      const keyring = await calls.RawAesKeyring.fromKey(cryptoKey);
      const stop = new its.AbortController();
      const stopped = (signal, sign) => calls.putObject(bytes, { key: input.key, keyring, presign: sign, signal }).then(() => "stored", ({ name }) => name);
      const ends = [await stopped(its.AbortSignal.abort(), presign), await stopped(stop.signal, () => { stop.abort(); return new Promise(() => {}); })];
      return [sums, ends];
    `, { input: { key: newName("frame") }, policy: (usual) => `${usual}; worker-src 'self'` });
    assert.deepEqual(result, [Array(3).fill(CONTENT.sha256), ["AbortError", "AbortError"]]);
  });
}

test("a response of a frame of the same origin is opened", async () => {
  const text = await onEmptyPage(`
    const { default: init, RawAesKeyring, encrypt, openObject } = await import("/pkg/presealed.js");
    await init();
    const its = document.body.appendChild(document.createElement("iframe")).contentWindow;
    const keyring = RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
    const { body, headers, contentLength } = await encrypt(new Blob(["of a frame"]), { keyring });
    const response = new its.Response(body, { headers: { ...headers, "content-length": String(contentLength) } });
    return (await (await openObject(response, { keyring })).blob()).text();
  `);
  assert.equal(text, "of a frame");
});

test("a package that was bundled into a blob, and so has no address, stores what goes in parts", async () => {
  const sha256 = await onEmptyPage(`${UPLOAD}
    const made = new Map();
    // Each module as a blob: what a bundle of all of them would see of its own address is the same.
    const bundled = async (url) => {
      if (made.has(url)) return made.get(url);
      let text = await (await fetch(url)).text();
      for (const [whole, specifier] of [...text.matchAll(/\\bfrom ?["'](\\.[^"']+)["']/g)]) {
        text = text.replace(whole, 'from"' + await bundled(new URL(specifier, url).href) + '"');
      }
      made.set(url, URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
      return made.get(url);
    };
    const calls = await import(await bundled(new URL("/pkg/presealed.js", location.href).href));
    await calls.default({ module_or_path: fetch("/pkg/presealed_bg.wasm") });
    return wayAndBack(calls, await contentOf("large"));
  `, { input: { key: newName("bundled") }, policy: (usual) => usual.replace("script-src 'self'", "script-src 'self' blob:") });
  assert.equal(sha256, LARGE.sha256);
  const parts = harness.front.toStore.filter(({ method, url }) => method === "PUT" && url.includes("partNumber="));
  assert.equal(parts.length, 5);
});

for (const [policy, starts] of [["worker-src blob:", true], ["worker-src 'none'", false]]) {
  test(`the inline entry fetches no file, and stores what goes in parts, under ${policy}`, async () => {
    harness.front.behave();
    const { sha256, heard } = await onEmptyPage(`${UPLOAD}${HEARD}
      const calls = await import("/pkg/inline.js");
      await calls.default();
      return { sha256: await wayAndBack(calls, await contentOf("large")), heard };
    `, { input: { key: newName("inline") }, policy: (usual) => `${usual}; ${policy}` });
    assert.equal(sha256, LARGE.sha256);
    // In Chromium each part has a worker, whose text is in the entry.
    assert.equal(heard > 0, starts && browser === "chromium");
    // The second has the texts, and is imported.
    assert.deepEqual(ours(), ["inline.js", "inlined.js"]);
  });

  test(`the worker of the inline entry fetches no file, ${starts ? "" : "or is refused by name, "}under ${policy}`, async () => {
    harness.front.behave();
    const result = await onEmptyPage(`${UPLOAD}
      const { inWorker } = await import("/pkg/inline-in-worker.js");
      const calls = inWorker();
      if (await codeOf(() => calls.engine()) !== "no error") return codeOf(() => calls.engine());
      const passphrase = await calls.PassphraseKeyring.fromPassphrase("of the second module");
      const { contentLength } = await calls.encrypt(new Blob(["content"]), { keyring: passphrase });
      const sums = [await wayAndBack(calls, await contentOf("large")), contentLength];
      calls.terminate();
      return sums;
    `, { input: { key: newName("inline-worker") }, policy: (usual) => `${usual}; ${policy}` });
    assert.deepEqual(result, starts ? [LARGE.sha256, 7 + 16] : "PresealedError unsupported-browser");
    assert.deepEqual(ours(), ["inline-in-worker.js", "inlined.js"]);
  });
}

const TYPED = "require-trusted-types-for 'script'; trusted-types";

test("under Trusted Types, the package's worker is refused by name, and one of the page's own policy does", async () => {
  const result = await onEmptyPage(`${UPLOAD}
    const { inWorker } = await import("/pkg/in-worker.js");
    const refused = await codeOf(async () => { const own = inWorker(); await own.engine(); own.terminate(); });
    const policy = globalThis.trustedTypes?.createPolicy("own", { createScriptURL: (url) => url }) ?? { createScriptURL: (url) => url };
    const worker = inWorker(new Worker(policy.createScriptURL("/pkg/worker.js"), { type: "module" }));
    const sums = [await wayAndBack(worker, await contentOf("file"))];
    worker.terminate();
    const page = await import("/pkg/presealed.js");
    await page.default();
    // Where no part may have its worker.
    sums.push(await wayAndBack(page, await contentOf("file"), { multipart: { threshold: 0 } }));
    return { enforced: "trustedTypes" in globalThis, refused, sums };
  `, { input: { key: newName("typed") }, policy: (usual) => `${usual}; ${TYPED} own` });
  assert.equal(result.refused, result.enforced ? "PresealedError unsupported-browser" : "no error");
  assert.ok(browser !== "chromium" || result.enforced);
  assert.deepEqual(result.sums, Array(2).fill(CONTENT.sha256));
});

for (const [entries, workers] of [[["presealed.js", "in-worker.js"], "'self'"], [["inline.js", "inline-in-worker.js"], "blob:"]]) {
  test(`under Trusted Types that allow the package's policies, all of its workers start, of ${entries[1]}`, async () => {
    const { sums, heard } = await onEmptyPage(`${UPLOAD}${HEARD}
      const [page, { inWorker }] = await Promise.all(input.entries.map((entry) => import("/pkg/" + entry)));
      const worker = inWorker();
      const sums = [await wayAndBack(worker, await contentOf("large"))];
      worker.terminate();
      heard = 0;
      await page.default();
      sums.push(await wayAndBack(page, await contentOf("large")));
      return { sums, heard };
    `, { input: { key: newName("allowed"), entries }, policy: (usual) => `${usual}; worker-src ${workers}; ${TYPED} presealed presealed-part` });
    assert.deepEqual(sums, Array(2).fill(LARGE.sha256));
    assert.equal(heard > 0, browser === "chromium");
  });
}

for (const [policy, starts] of [["worker-src blob: 'self'", true], ["worker-src 'self'", false]]) {
  test(`from another origin, the package's workers ${starts ? "start" : "are refused by name, and one of the page's own does"}, under ${policy}`, async () => {
    const result = await onEmptyPage(`${UPLOAD}${HEARD}
      const { inWorker } = await import(input.elsewhere + "/pkg/in-worker.js");
      const code = await codeOf(async () => { const own = inWorker(); await own.engine(); own.terminate(); });
      const worker = code === "no error" ? inWorker() : inWorker(new Worker("/pkg/worker.js", { type: "module" }));
      const sums = [await wayAndBack(worker, await contentOf("large"))];
      worker.terminate();
      heard = 0;
      const page = await import(input.elsewhere + "/pkg/presealed.js");
      await page.default();
      sums.push(await wayAndBack(page, await contentOf("large")));
      return { code, sums, heard };
    `, {
      input: { key: newName("elsewhere"), elsewhere: elsewhere.origin },
      policy: (usual) => {
        const open = usual.replace("script-src 'self'", `script-src 'self' ${elsewhere.origin}`).replace("connect-src 'self'", `connect-src 'self' ${elsewhere.origin}`);
        // What a worker imports is a worker's source too.
        return `${open}; ${policy} ${elsewhere.origin}`;
      },
    });
    assert.equal(result.code, starts ? "no error" : "PresealedError unsupported-browser");
    assert.deepEqual(result.sums, Array(2).fill(LARGE.sha256));
    assert.equal(result.heard > 0, starts && browser === "chromium");
  });
}
