// Bytes as hexadecimal text, and back.

const digits = (byte) => byte.toString(16).padStart(2, "0");

export const toHex = (data, separator = "") => Array.from(data, digits).join(separator);

export const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
