// The suite in a page: what it says is fetched from `said` by who drives the browser.
import { run } from "./runner.js";

window.said = [];
const say = (line) => { window.said.push(line); };

try {
  const { files } = await (await fetch(new URL("settings.json", import.meta.url))).json();
  for (const file of files) await import(`./${file}`);
  await run(say);
} catch (error) {
  say(`✖ the page: ${error?.stack ?? error}`);
  say("ℹ fail 1");
}
window.ended = true;
