// What is judged of a view: by axe, and by its width.
import assert from "node:assert/strict";
import axe from "axe-core";

// A colour halfway between two states is neither's, and nobody reads it: what is judged is what stays.
const SETTLED = `
  const done = arguments[0];
  const settle = () => {
    const running = document.getAnimations().filter(({ playState }) => playState === "running");
    if (running.length === 0) done();
    else Promise.allSettled(running.map(({ finished }) => finished)).then(settle);
  };
  requestAnimationFrame(settle);
`;

/** No violation that axe finds, and nothing cut off. */
export async function sound(driver, view) {
  await driver.executeAsyncScript(SETTLED);
  const script = `${axe.source}; const done = arguments[0]; axe.run(document).then(({ violations }) => done(JSON.stringify(violations)), (error) => done(JSON.stringify([{ id: String(error), nodes: [] }])));`;
  const violations = JSON.parse(await driver.executeAsyncScript(script));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
  assert.deepEqual(told, [], view);
  const { content, window } = await driver.executeScript("return { content: document.documentElement.scrollWidth, window: document.documentElement.clientWidth }");
  assert.ok(content <= window, `${view}: the content is ${content} px wide, the window ${window} px`);
}
