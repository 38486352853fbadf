// Runs the suite in a page of a browser, or in its service worker: `node in-browser.js [file...]`. What it wants to know is in the environment.
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { startStore } from "./store-server.js";

const TESTS = fileURLToPath(new URL("..", import.meta.url));
const PACKAGE = process.env.PRESEALED_PKG ?? fileURLToPath(new URL("../../pkg", import.meta.url));
const LIMIT_MS = 300_000;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

const { PRESEALED_API_IN: realm = "page", PRESEALED_BROWSER: browser, PRESEALED_XVFB_RUN: xvfb, PRESEALED_WEBDRIVER_JSON: capabilities } = process.env;
const DRIVERS = {
  chromium: [process.env.PRESEALED_CHROMEDRIVER, []],
  firefox: [process.env.PRESEALED_GECKODRIVER, ["--log", "error"]],
  webkitgtk: [xvfb, ["-a", process.env.PRESEALED_WEBKITDRIVER]],
};

const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const namesIn = async (folder, end) => (await readdir(join(TESTS, folder))).filter((name) => name.endsWith(end)).sort();

const chosen = process.argv.slice(2);
const files = chosen.length > 0 ? chosen : await namesIn("api", ".test.js");
const settings = { files, store: await startStore() };
/** Modules of a service worker import nothing later and wait for nothing, so that the package is started by bytes that are there. */
const ofServiceWorker = {
  "/api/support/package.js": async () => `import * as presealed from "/pkg/presealed.js";
presealed.initSync({ module: Uint8Array.from(atob("${(await readFile(join(PACKAGE, "presealed_bg.wasm"))).toString("base64")}"), (sign) => sign.charCodeAt(0)) });
export { presealed };`,
  "/service-worker.js": () => [...files, "service-worker.js"].map((file) => `import "/api/${file}";`).join("\n"),
};
/** What no file holds. */
const MADE = {
  "/page": () => `<!doctype html><meta charset="utf-8"><title>presealed</title><script type="module" src="/api/${realm === "page" ? "page" : "service-worker-page"}.js"></script>`,
  "/api/settings.json": () => JSON.stringify(settings),
  ...(realm === "service-worker" && ofServiceWorker),
  "/vectors/official/names.json": () => listed("official"),
  "/vectors/presealed/names.json": () => listed("presealed"),
};
const listed = async (folder) => JSON.stringify((await namesIn(`vectors/${folder}`, ".json")).map((name) => name.slice(0, -".json".length)));

async function answer(request, response) {
  const { pathname } = new URL(request.url, "http://localhost");
  const path = normalize(pathname);
  const [, inPackage] = /^\/pkg(?:-again)?(\/.*)$/.exec(path) ?? [];
  const body = await MADE[path]?.() ?? await readFile(inPackage ? join(PACKAGE, inPackage) : join(TESTS, path)).catch(() => undefined);
  const type = TYPES[extname(path) || ".html"] ?? "text/plain";
  response.writeHead(body === undefined ? 404 : 200, { "content-type": type, "cache-control": "no-store", connection: "close" });
  response.end(body);
}

const listening = (server) => new Promise((resolve) => { server.listen(0, "127.0.0.1", () => resolve(server.address().port)); });

async function freePort() {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

/** The driver of a browser; `ask` is one of WebDriver's commands. */
async function startDriver() {
  const port = await freePort();
  const [program, args] = DRIVERS[browser];
  // In a group of its own: what xvfb-run starts does not end with it.
  const env = { ...process.env, MOZ_HEADLESS: "1" };
  const child = spawn(program, [...args, `--port=${port}`], { stdio: ["ignore", "inherit", "inherit"], env, detached: true });
  const stop = () => {
    try {
      process.kill(-child.pid);
    } catch {
      // It is gone.
    }
  };
  process.on("exit", stop);
  async function ask(method, path, body) {
    const headers = { "content-type": "application/json" };
    const answered = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body), headers });
    const { value } = await answered.json();
    if (!answered.ok) throw new Error(`${method} ${path}: ${value?.message}`);
    return value;
  }
  for (let tries = 200; ; tries -= 1) {
    try {
      await ask("GET", "/status");
      return ask;
    } catch (error) {
      if (tries === 0 || child.exitCode !== null) throw error;
      await later(100);
    }
  }
}

/** What the page said, line by line, until it is done. */
async function* told(ask, session) {
  const over = Date.now() + LIMIT_MS;
  for (let ended = false; !ended;) {
    const script = "return { lines: (window.said ?? []).splice(0), ended: Boolean(window.ended) };";
    const { lines, ended: now } = await ask("POST", `/session/${session}/execute/sync`, { script, args: [] });
    yield* lines;
    ended = now;
    if (Date.now() > over) throw new Error(`the page is not done after ${LIMIT_MS / 1000} s`);
    if (!ended) await later(200);
  }
}

const server = createServer((request, response) => { answer(request, response).catch((error) => response.destroy(error)); });
const port = await listening(server);
const ask = await startDriver();
const alwaysMatch = capabilities ? JSON.parse(await readFile(capabilities, "utf8")) : {};
const { sessionId: session } = await ask("POST", "/session", { capabilities: { alwaysMatch } });
let failed = 0;
try {
  await ask("POST", `/session/${session}/url`, { url: `http://127.0.0.1:${port}/page` });
  for await (const line of told(ask, session)) {
    console.log(line);
    failed += Number(/^ℹ fail (\d+)$/.exec(line)?.[1] ?? 0);
  }
} finally {
  await ask("DELETE", `/session/${session}`).catch(() => {});
}
process.exit(failed > 0 ? 1 : 0);
