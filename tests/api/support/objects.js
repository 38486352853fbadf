// What the tests share: content, keyrings, and encrypted objects on their way.
import { equal } from "../runner.js";
import { presealed } from "./package.js";

const { KmsKeyring, RawAesKeyring, encrypt, openObject } = presealed;

export const V2_POLICY = "forbid-encrypt-allow-decrypt";
export const V3_POLICY = "require-encrypt-require-decrypt";
export const READ_BOTH = "require-encrypt-allow-decrypt";
export const KIB = 1024;
export const MIB = 1024 * KIB;

/** Repeatable bytes with no pattern that a mistake in block order could keep. */
export function noise(length) {
  const bytes = new Uint8Array(length);
  let [a, b, c, d] = [0x9e3779b9, 0x7f4a7c15 ^ length, 0x2545f491, 0x4f6cdd1d];
  for (let at = 0; at < length; at += 1) {
    const t = a ^ (a << 11);
    [a, b, c] = [b, c, d];
    d = d ^ (d >>> 19) ^ t ^ (t >>> 8);
    bytes[at] = d >>> 16;
  }
  return bytes;
}

export const blobOf = (...pieces) => new Blob(pieces);
export const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());
export const utf8 = (text) => new TextEncoder().encode(text);
export const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
export const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

export function concat(...pieces) {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export function without(bag, name) {
  if (!(name in bag)) throw new Error(`${name} is not there`);
  const { [name]: _, ...rest } = bag;
  return rest;
}

/** A text with another letter at its start. */
export const otherStart = (text) => (text.startsWith("A") ? "B" : "A") + text.slice(1);

export const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** What a promise, or a function that may throw at once, ends with that is no value. */
export async function errorOf(call) {
  let value;
  try {
    value = await (typeof call === "function" ? call() : call);
  } catch (error) {
    return error;
  }
  throw new Error(`it should be refused, and gave ${value}`);
}

export const codeOf = async (call) => {
  const error = await errorOf(call);
  return error?.code ?? `no code: ${error}`;
};

export const rawKeyring = (byte, options) => RawAesKeyring.fromKey(new Uint8Array(32).fill(byte), options);
export const described = (byte, key) => rawKeyring(byte, { materialDescription: { key } });
export const kmsKeyring = (kms) => new KmsKeyring({ keyId: "alias/test", kms });
export const readText = async (object) => (await object.blob()).text();

export const answerWith = (body, headers, more) => new Response(body, { headers, ...more });
/** An answer to a range. */
export const partial = (body, headers) => answerWith(body, headers, { status: 206 });
export const answerOfStatus = (status, text) => new Response(text, { status });

/** An encrypted object on its way: what a store would keep. */
export class Stored {
  constructor(headers, body, file) {
    Object.assign(this, { headers, body, file });
  }

  static async seal(content, options) {
    const sealed = await encrypt(blobOf(content), options);
    return Stored.of(sealed, await bytesOf(sealed.body), sealed.instructionFile && await bytesOf(sealed.instructionFile.body));
  }

  /** What a call sealed, and the body that was read of it. */
  static of({ headers, contentLength }, body, file) {
    equal(contentLength, body.length, "the length that is told");
    return new Stored({ ...headers, "content-length": String(body.length) }, body, file);
  }

  with({ headers = this.headers, body = this.body }) {
    return new Stored(headers, body, this.file);
  }

  /** With one more or another header. */
  told(headers) {
    return this.with({ headers: { ...this.headers, ...headers } });
  }

  /** With another letter at the start of a header's value. */
  changed(header) {
    return this.told({ [header]: otherStart(this.headers[header]) });
  }

  /** With one bit of a byte of the body flipped. */
  flipped(position) {
    const body = this.body.slice();
    body[position] ^= 1;
    return this.with({ body });
  }

  response(body = this.body) {
    return answerWith(body, this.headers);
  }

  open(options) {
    return openObject(this.response(), options);
  }

  /** The code with which opening or reading fails. */
  refusal(options) {
    return codeOf(async () => (await this.open(options)).blob());
  }
}
