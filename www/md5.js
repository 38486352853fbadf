// MD5 (RFC 1321), which browsers do not have and S3 wants of an SSE-C key. It protects nothing here.

const SHIFTS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
const SINES = Array.from({ length: 64 }, (_, step) => Math.floor(2 ** 32 * Math.abs(Math.sin(step + 1))));
const MIX = [
  [(b, c, d) => (b & c) | (~b & d), (step) => step],
  [(b, c, d) => (b & d) | (c & ~d), (step) => 5 * step + 1],
  [(b, c, d) => b ^ c ^ d, (step) => 3 * step + 5],
  [(b, c, d) => c ^ (b | ~d), (step) => 7 * step],
];

/** @param {Uint8Array} data short: it is padded into a copy @returns {Uint8Array} 16 bytes */
export function md5(data) {
  const padded = new DataView(new ArrayBuffer(((data.length + 8) >> 6) * 64 + 64));
  const bytes = new Uint8Array(padded.buffer);
  bytes.set(data);
  bytes[data.length] = 0x80;
  padded.setUint32(bytes.length - 8, data.length * 8, true);
  const sum = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  for (let block = 0; block < bytes.length; block += 64) {
    let [a, b, c, d] = sum;
    for (let step = 0; step < 64; step += 1) {
      const [mix, word] = MIX[step >> 4];
      const turn = (a + mix(b, c, d) + SINES[step] + padded.getUint32(block + (word(step) % 16) * 4, true)) >>> 0;
      const shift = SHIFTS[step >> 4][step % 4];
      [a, d, c, b] = [d, c, b, (b + ((turn << shift) | (turn >>> (32 - shift)))) | 0];
    }
    [a, b, c, d].forEach((value, at) => { sum[at] += value; });
  }
  bytes.fill(0);
  return new Uint8Array(sum.buffer.slice(0)); // every browser's machine is little endian
}
