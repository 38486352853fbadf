// Searches bytes for a text in the forms in which it might have been written down.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** As it is, hexadecimal, base64 in either alphabet and at any offset, percent-encoded and in JSON. */
export function formsOf(bytes) {
  const hex = bytes.toString("hex");
  const forms = { raw: bytes, hex: Buffer.from(hex), "HEX": Buffer.from(hex.toUpperCase()) };
  for (let offset = 0; offset < 3; offset += 1) {
    // The first and last signs depend on the neighbours; those between do not.
    const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
    const text = whole.toString("base64").replace(/=+$/, "");
    const stable = text.slice(Math.ceil((offset * 8) / 6), Math.floor((whole.length * 8) / 6));
    forms[`base64+${offset}`] = Buffer.from(stable);
    forms[`base64url+${offset}`] = Buffer.from(stable.replaceAll("+", "-").replaceAll("/", "_"));
    forms[`base64 in a URL+${offset}`] = Buffer.from(encodeURIComponent(stable));
  }
  return forms;
}

/** @param {Iterable<[string, Buffer]>} places @returns {string[]} where it lies, and in which form */
export function findIn(places, secrets) {
  const found = [];
  for (const [place, bytes] of places) {
    for (const [name, secret] of Object.entries(secrets)) {
      for (const [form, needle] of Object.entries(formsOf(secret))) {
        if (bytes.includes(needle)) found.push(`${name} (${form}) in ${place}`);
      }
    }
  }
  return found;
}

/** Every file below a directory. */
export async function filesBelow(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  // A file of another test may be gone by now.
  const read = await Promise.all(files.map(async (path) => [path, await readFile(path).catch(() => null)]));
  return read.filter(([, bytes]) => bytes);
}
