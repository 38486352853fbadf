// Objects of `tests/vectors`: what other clients, or we, wrote.
import { hasFiles, runtime } from "../runtime.js";
import { answerWith, fromBase64, READ_BOTH } from "./objects.js";
import { presealed } from "./package.js";

const FOLDER = "../../vectors/";
/** The real one: a test may have put another in its place. */
const fetched = globalThis.fetch.bind(globalThis);

const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

async function json(path) {
  if (runtime === "workerd") return (await import(FOLDER + path)).default;
  const url = new URL(FOLDER + path, import.meta.url);
  if (!hasFiles) return (await fetched(url, { cache: "no-store" })).json();
  const { readFile } = await import("node:fs/promises");
  return JSON.parse(await readFile(url, "utf8"));
}

/** The names in a folder, without `.json`. */
export async function names(folder) {
  if (!hasFiles) return json(`${folder}/names.json`);
  const { readdir } = await import("node:fs/promises");
  const files = await readdir(new URL(FOLDER + folder, import.meta.url));
  return files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length)).sort();
}

export const official = async (name) => new Vector(await json(`official/${name}.json`));
export const own = async (name) => new Vector(await json(`presealed/${name}.json`));

class Vector {
  constructor(file) {
    this.file = file;
    this.origin = file.origin;
    this.body = unhex(file.body);
    this.dataKey = unhex(file.data_key);
    this.plaintext = unhex(file.plaintext);
  }

  response(body = this.body) {
    const metadata = Object.entries(this.file.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
    return answerWith(body, { "content-length": String(body.length), ...Object.fromEntries(metadata) });
  }

  keyring(enableLegacyWrappingAlgorithms) {
    return presealed.RawAesKeyring.fromKey(fromBase64(this.file.wrapping_key), { enableLegacyWrappingAlgorithms });
  }

  /** Every opt-in that it needs, and its instruction file. */
  options(enableLegacyWrappingAlgorithms) {
    return this.reading(this.keyring(enableLegacyWrappingAlgorithms));
  }

  reading(keyring) {
    return {
      keyring, commitmentPolicy: READ_BOTH, enableLegacyUnauthenticatedModes: true, enableLegacyCbcUnderGcmKeys: true,
      instructionFile: this.file.instruction ?? undefined,
    };
  }
}
