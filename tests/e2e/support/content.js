// Files that are worth searching for: random bytes with a text in them that occurs nowhere else.
import { createHash, randomBytes } from "node:crypto";

export const MIB = 1024 * 1024;

export const newCanary = () => `PRESEALED-CANARY-${randomBytes(12).toString("hex")}`;

/** The canary lies at the start, across the middle and at the end: no view of the first bytes alone would do. */
export function withCanary(size, canary = newCanary()) {
  const bytes = randomBytes(size);
  const text = Buffer.from(canary);
  for (const at of [0, Math.floor((size - text.length) / 2), size - text.length]) text.copy(bytes, at);
  return { bytes, canary, sha256: sha256(bytes) };
}

export const empty = () => ({ bytes: Buffer.alloc(0), canary: null, sha256: sha256(Buffer.alloc(0)) });

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

export const newKey = () => randomBytes(32);

let last = 0;
/** A name in the bucket that no other test uses. */
export const newName = (about) => `${about}-${process.pid}-${(last += 1)}-${randomBytes(4).toString("hex")}.bin`;
