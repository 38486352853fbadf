// Puts the page together: configuration, worker, the three steps and the list of objects. No module keeps anything global.
import { showError } from "./error-view.js";
import { objectDialog } from "./object-dialog.js";
import { objectList } from "./objects.js";
import { protectionStep } from "./protect.js";
import { resultStep } from "./results.js";
import { connect } from "./rpc.js";
import { unfinishedUploads } from "./unfinished.js";
import { uploadStep } from "./upload.js";
import { $ } from "./view.js";

const ENGINES = {
  stitched: "hardware AES-GCM (stitched)",
  "ctr+ghash": "hardware AES, GHASH in WebAssembly",
  software: "software, in WebAssembly",
};

async function start() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    throw Object.assign(new Error("WebCrypto is not available: the page has to be served over https or from localhost"), { code: "unsupported-browser" });
  }
  const call = connect(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
  const config = await readConfig();
  const store = config.store === "remote" ? new URL(config.endpoint).host : "built-in development store";
  $("store").textContent = `Bucket ${config.bucket} · ${store} · ${config.region}`;

  const dialog = objectDialog({ call, config });
  const objects = objectList({ open: dialog.open, onChange: () => upload.askAgain() });
  const result = resultStep({ config });
  const unfinished = unfinishedUploads({ call });
  const upload = uploadStep({
    call,
    unfinished,
    protection: protectionStep(config),
    async onStored(stored) {
      await Promise.all([result.add(stored), objects.refresh()]);
    },
  });
  $("upload").disabled = false;
  await Promise.all([objects.refresh(), unfinished.refresh()]);
  $("engine").textContent = `Encryption engine: ${await call("engine").then((name) => ENGINES[name] ?? name)}`;
  document.documentElement.dataset.ready = "true"; // everything is wired: what drives the page may begin
}

async function readConfig() {
  const response = await fetch("/config.json").catch(() => null);
  if (!response?.ok) throw Object.assign(new Error("this site's server gave no configuration"), { code: "no-configuration" });
  return response.json();
}

start().catch((error) => {
  $("upload").disabled = true;
  showError("error", error);
});
