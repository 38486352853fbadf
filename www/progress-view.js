// A transfer as people follow it: a bar, figures that keep up when nothing arrives, and words for those who listen.
import { progressText, RateMeter } from "./format.js";

/**
 * The figures change too fast to be read aloud: `say` hears of the phases and the network, and `liveRegion`, which only
 * screen readers notice, of the quarters.
 * @param {{ bar: HTMLProgressElement, figures: HTMLElement, liveRegion: HTMLElement, say: (text: string) => void, label: string, phases: Record<string, string> }} options
 * @returns {{ update: (progress: object) => void, end: () => void }}
 */
export function progressView({ bar, figures, liveRegion, say, label, phases }) {
  const meter = new RateMeter();
  const stop = new AbortController();
  let last = null;
  let announced = "";

  const draw = () => {
    if (!last) return;
    bar.value = last.bytesTotal ? last.bytesDone / last.bytesTotal : 0;
    figures.textContent = navigator.onLine ? progressText(last, meter.update(last)) : progressText(last, { rate: 0 });
  };
  const speak = () => {
    const quarter = last?.bytesTotal ? Math.floor((last.bytesDone / last.bytesTotal) * 4) * 25 : 0;
    const now = navigator.onLine ? `${phases[last?.phase] ?? "Working on"} ${label}` : "Offline. This continues by itself when the network is back.";
    if (now !== announced) say(announced = now);
    const percent = quarter ? `${quarter}%` : "";
    if (liveRegion.textContent !== percent) liveRegion.textContent = percent;
  };
  const ticking = setInterval(draw, 1000); // in a stall the rate falls, instead of standing still
  for (const event of ["online", "offline"]) {
    window.addEventListener(event, () => { draw(); speak(); }, { signal: stop.signal });
  }
  return {
    update(progress) {
      last = progress;
      draw();
      speak();
    },
    end() {
      clearInterval(ticking);
      stop.abort();
    },
  };
}
