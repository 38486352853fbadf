// A sheet that is made, not written into the page: a Content Security Policy has nothing to say to it.

const CSS = `
:host {
  --_accent: var(--presealed-accent, light-dark(#0f6b62, #5fd0bf));
  --_on-accent: var(--presealed-on-accent, light-dark(#fff, #05211d));
  --_text: var(--presealed-text, light-dark(#16211f, #e7eeec));
  --_muted: var(--presealed-muted, light-dark(#50605d, #a5b4b1));
  --_card: var(--presealed-background, light-dark(#fff, #161e1d));
  --_soft: var(--presealed-soft, light-dark(#f1f6f5, #1b2625));
  --_line: var(--presealed-line, light-dark(#c3cecc, #3a4947));
  --_bad: var(--presealed-bad, light-dark(#a3231c, #ff9d94));
  --_good: var(--presealed-good, light-dark(#14603c, #86dcaa));
  --_radius: var(--presealed-radius, 12px);
  display: block; min-inline-size: 0; color: var(--_text); font: inherit; line-height: 1.45;
}
@supports not (color: light-dark(red, red)) {
  :host {
    --_accent: var(--presealed-accent, #0f6b62); --_on-accent: var(--presealed-on-accent, #fff); --_text: var(--presealed-text, #16211f);
    --_muted: var(--presealed-muted, #50605d); --_card: var(--presealed-background, #fff); --_soft: var(--presealed-soft, #f1f6f5);
    --_line: var(--presealed-line, #c3cecc); --_bad: var(--presealed-bad, #a3231c); --_good: var(--presealed-good, #14603c);
  }
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
.drop {
  display: grid; justify-items: center; gap: 4px 12px; padding: 24px 20px; text-align: center;
  background: var(--_card); border: 2px dashed var(--_line); border-radius: var(--_radius); transition: border-color .15s, background-color .15s;
}
.icon { inline-size: 36px; block-size: 36px; color: var(--_accent); fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.row { display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: 4px 12px; margin-block: 4px; }
.hint, .privacy, .size, .status { color: var(--_muted); }
.privacy, .size, .status { font-size: .875em; }
.privacy { text-wrap: balance; }
.some .drop { grid-template-columns: auto 1fr auto; justify-items: start; align-items: center; padding: 10px 14px; text-align: start; }
.some .icon { inline-size: 24px; block-size: 24px; }
.some .row { justify-content: start; margin: 0; }
.some .privacy { text-align: end; }
.over .drop { border-color: var(--_accent); background: var(--_soft); }
button {
  font: inherit; font-weight: 600; line-height: 1.3; min-block-size: 40px; padding: 7px 16px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--_accent); background: var(--_accent); color: var(--_on-accent);
}
button.quiet { background: transparent; color: var(--_accent); border-color: transparent; padding-inline: 10px; min-block-size: 36px; font-size: .9375em; }
button:hover { text-decoration: underline; text-underline-offset: 3px; }
button.quiet:hover { background: var(--_soft); }
button:focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }
button:disabled { background: transparent; border: 1px dashed var(--_line); color: var(--_muted); cursor: not-allowed; text-decoration: none; }
button.quiet:disabled { border-color: transparent; }
ul { list-style: none; margin: 8px 0 0; padding: 0; display: grid; gap: 8px; }
li {
  display: grid; grid-template-columns: 1fr auto; gap: 2px 12px; align-items: center; padding: 10px 14px;
  background: var(--_card); border: 1px solid var(--_line); border-radius: var(--_radius);
}
.what { min-inline-size: 0; }
.name { font-weight: 600; overflow-wrap: anywhere; }
.size { white-space: nowrap; margin-inline-start: 8px; }
.actions { display: flex; flex-wrap: wrap; justify-content: end; margin-inline-end: -8px; }
li[data-state=done] .status { color: var(--_good); }
li[data-state=failed] .status, .alert { color: var(--_bad); }
li[data-state=failed] { border-color: var(--_bad); }
.status svg { inline-size: 1em; block-size: 1em; vertical-align: -.1em; margin-inline-end: .35em; fill: none; stroke: currentColor; stroke-width: 2.4; stroke-linecap: round; stroke-linejoin: round; }
progress {
  grid-column: 1 / -1; appearance: none; inline-size: 100%; block-size: 6px; margin-block-start: 6px; border: 0; border-radius: 3px; overflow: hidden;
  background: var(--_line); color: var(--_accent);
}
progress::-webkit-progress-bar { background: var(--_line); }
progress::-webkit-progress-value { background: var(--_accent); transition: inline-size .2s; }
progress::-moz-progress-bar { background: var(--_accent); }
progress:indeterminate::-moz-progress-bar { inline-size: 0; }
.alert { margin: 8px 0 0; padding: 10px 14px; background: var(--_card); border: 1px solid currentColor; border-radius: var(--_radius); display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; justify-content: space-between; }
.upload { margin-block-start: 8px; }
.quietly { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.all { position: relative; }
@media (max-width: 480px) {
  .some .drop { grid-template-columns: auto 1fr; }
  .some .privacy { grid-column: 1 / -1; text-align: start; }
  li { grid-template-columns: 1fr; }
  .actions { justify-content: start; margin-inline-start: -10px; }
  .alert button { margin-inline-start: -10px; }
  progress { grid-row: 2; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media (forced-colors: active) {
  progress { border: 1px solid CanvasText; background: Canvas; }
  progress::-webkit-progress-bar { background: Canvas; }
  progress::-webkit-progress-value { background: Highlight; forced-color-adjust: none; }
  progress::-moz-progress-bar { background: Highlight; forced-color-adjust: none; }
  button, button.quiet { color: ButtonText; background: ButtonFace; border-color: ButtonBorder; }
  button:disabled { color: GrayText; border-color: GrayText; }
  .icon { color: CanvasText; }
  .actions { gap: 6px; margin-inline: 0; }
  .over .drop { border-color: Highlight; }
}
`;

let sheet;
export function styles() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
