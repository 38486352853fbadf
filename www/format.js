// Figures as people read them.
import { toHex } from "./hex.js";

const UNITS = ["B", "KB", "MB", "GB", "TB"];

export function bytes(count) {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export const date = (iso) => {
  const when = new Date(iso);
  return Number.isNaN(when.getTime()) ? iso : DATE.format(when);
};

/** Offset, hex and printable characters, eight bytes a line: narrow enough for a telephone. */
export function hexDump(data) {
  const lines = [];
  for (let at = 0; at < data.length; at += 8) {
    const row = data.slice(at, at + 8);
    const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${toHex(row, " ").padEnd(23)}  ${text}`);
  }
  return lines.join("\n") || "(empty)";
}

/** Rate and time left, smoothed over the last few seconds so that the figures can be read. */
export class RateMeter {
  #samples = [];
  #phase = null;

  /** @returns {{ rate: number, secondsLeft: number }} `NaN` until there is enough to say */
  update({ phase, bytesDone, bytesTotal }, now = performance.now()) {
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#samples = [];
    }
    this.#samples.push([now, bytesDone]);
    while (this.#samples.length > 2 && now - this.#samples[0][0] > 4000) this.#samples.shift();
    const [since, start] = this.#samples[0];
    if (now - since < 250) return { rate: NaN, secondsLeft: NaN };
    const rate = ((bytesDone - start) * 1000) / (now - since);
    return { rate, secondsLeft: (bytesTotal - bytesDone) / rate };
  }
}

/** "12 MB of 40 MB · 8.1 MB/s · 4 s left" */
export function progressText({ bytesDone, bytesTotal }, { rate, secondsLeft }) {
  const parts = [`${bytes(bytesDone)} of ${bytes(bytesTotal)}`];
  if (rate > 0) parts.push(`${bytes(rate)}/s`);
  if (rate > 0 && bytesDone < bytesTotal) parts.push(`${duration(secondsLeft)} left`);
  return parts.join(" · ");
}
