// The package as built, started as Node has to.
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { after } from "node:test";

export const folder = process.env.PRESEALED_PKG ?? fileURLToPath(new URL("../../../pkg", import.meta.url));

export const wasm = () => ({ module_or_path: readFileSync(join(folder, "presealed_bg.wasm")) });

/** A copy that nobody has started, as a page gets that bundles the package twice. */
export async function another(entry = "presealed.js") {
  const copy = mkdtempSync(join(tmpdir(), "presealed-"));
  after(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(folder, copy, { recursive: true });
  return import(pathToFileURL(join(copy, entry)));
}

/** The one that most tests use: what Node gets of the package. */
export const presealed = await import(pathToFileURL(join(folder, "inline.js")));

/** How the call ends: its value, or its code. Never a hang. */
export async function outcome(call, milliseconds = 20_000) {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, milliseconds, { hangs: true }); });
  const settled = (async () => call())().then((value) => ({ value }), (error) => ({ error, code: error?.code, message: error?.message }));
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const codeOf = async (call) => {
  const { code, hangs, value, error } = await outcome(call);
  return hangs ? "hangs" : code ?? (error ? `no code: ${error}` : { fulfilled: value });
};
