// Keys that the person keeps: made, read from files, named by a fingerprint. Bytes are wiped as soon as the browser
// holds the key where scripts cannot read it.
import { fromBase64 } from "./base64.js";
import { fromHex, toHex } from "./hex.js";

const KEY_BYTES = 32;

export const randomKey = () => crypto.getRandomValues(new Uint8Array(KEY_BYTES));

/** A name for a key that tells nothing of it: enough to ask for the right file later. */
export async function fingerprint(key) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
  return toHex(digest.slice(0, 6));
}

/** Key text as people keep it: base64 (either alphabet) or hex; lines that begin with # are comments. */
export function parseKeyText(text) {
  const compact = text.split("\n").filter((line) => !line.trim().startsWith("#")).join("").replace(/\s/g, "");
  if (/^[0-9a-f]{64}$/i.test(compact)) return fromHex(compact);
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(compact)) return fromBase64(compact.replaceAll("-", "+").replaceAll("_", "/"));
  throw new Error("This is not a 256-bit key. It has to be 32 raw bytes, 64 hexadecimal digits or 44 base64 characters.");
}

/** 32 raw bytes, or text. */
export async function parseKeyFile(file) {
  if (file.size > 4096) throw new Error("This file is too large to be a key file.");
  const content = new Uint8Array(await file.arrayBuffer());
  if (content.length === KEY_BYTES) return content;
  return parseKeyText(new TextDecoder().decode(content));
}

/** The key where no script can read it again; `key` is wiped. */
export async function toNonExtractable(key) {
  const cryptoKey = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
  key.fill(0);
  return cryptoKey;
}

/** A passphrase of 120 random bits in groups that can be read aloud. */
export function suggestPassphrase() {
  const alphabet = "abcdefghijkmnpqrstuvwxyz23456789"; // 32 characters; no l, o, 0 or 1
  const characters = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => alphabet[byte & 31]);
  return characters.join("").match(/.{4}/g).join("-");
}
