// CRC-64/NVME, where the bytes are.

/**
 * CRC-64/NVME, as `Crc64Hasher` in src/s3/checksum.rs has it, with each 64-bit number in two halves.
 * @param {import("./bindings.js").Bytes} bytes
 * @returns {import("./bindings.js").Bytes} big-endian
 */
export function crc64(bytes) {
  // Eight tables of 256 entries, one behind the other: of a byte that has n bytes behind it in the step.
  const high = new Int32Array(2048);
  const low = new Int32Array(2048);
  for (let byte = 0; byte < 256; byte += 1) {
    let [above, below] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const carried = -(below & 1);
      below = ((below >>> 1) | (above << 31)) ^ (carried & 0xac4bc9b5);
      above = (above >>> 1) ^ (carried & 0x9a6c9329);
    }
    [high[byte], low[byte]] = [above, below];
  }
  for (let at = 256; at < 2048; at += 1) {
    const [above, below] = [high[at - 256], low[at - 256]];
    high[at] = (above >>> 8) ^ high[below & 255];
    low[at] = ((below >>> 8) | (above << 24)) ^ low[below & 255];
  }
  let above = -1;
  let below = -1;
  // Numbers of four bytes lie at multiples of four.
  if (bytes.byteOffset % 4 > 0) bytes = bytes.slice();
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 8) * 2);
  // Plain numbers: a part is all that this thread's compiler gets to see of the loop.
  for (let at = 0; at < words.length; at += 2) {
    const first = below ^ words[at];
    const second = above ^ words[at + 1];
    const b0 = 1792 + (first & 255);
    const b1 = 1536 + (first >>> 8 & 255);
    const b2 = 1280 + (first >>> 16 & 255);
    const b3 = 1024 + (first >>> 24);
    const b4 = 768 + (second & 255);
    const b5 = 512 + (second >>> 8 & 255);
    const b6 = 256 + (second >>> 16 & 255);
    const b7 = second >>> 24;
    above = high[b0] ^ high[b1] ^ high[b2] ^ high[b3] ^ high[b4] ^ high[b5] ^ high[b6] ^ high[b7];
    below = low[b0] ^ low[b1] ^ low[b2] ^ low[b3] ^ low[b4] ^ low[b5] ^ low[b6] ^ low[b7];
  }
  for (const byte of bytes.subarray(words.byteLength)) {
    const entry = (below ^ byte) & 255;
    below = ((below >>> 8) | (above << 24)) ^ low[entry];
    above = (above >>> 8) ^ high[entry];
  }
  const crc = new DataView(new ArrayBuffer(8));
  crc.setInt32(0, ~above);
  crc.setInt32(4, ~below);
  return new Uint8Array(crc.buffer);
}
