// One suite for every runtime: `node:test` runs it in Node, and `run` elsewhere.
import { runtime } from "./runtime.js";

/** What only a page has, or these runtimes too, as the reason why a test is skipped without it. */
export const needs = (what, ...others) => (["page", ...others].includes(runtime) ? false : `needs ${what}`);

const LIMIT_MS = 20_000;
// Not by `await import`: no module of a service worker's may wait.
const node = runtime === "node" ? process.getBuiltinModule("node:test") : undefined;
const tests = [];
const undone = [];

/** Runs at the end of the present test, the last first. */
export const afterwards = (undo) => { undone.push(undo); };

async function limited(body) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("it does not end")), LIMIT_MS); });
  try {
    await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
    for (const undo of undone.splice(0).reverse()) await undo();
  }
}

/** @param {{ skip?: string | false }} options why the test cannot be had here */
export function test(name, body, { skip = false } = {}) {
  const run = () => limited(body);
  if (node) node.test(name, { skip }, run);
  else tests.push({ name, run, skip });
}

/** Runs what was registered, in order; `say` gets how each ended, and then the counts as `node --test` writes them. */
export async function run(say) {
  const counts = { pass: 0, fail: 0, skipped: 0 };
  for (const { name, run: body, skip } of tests.splice(0)) {
    if (skip) {
      counts.skipped += 1;
      say(`﹣ ${name} # ${skip}`);
      continue;
    }
    const begun = Date.now();
    try {
      await body();
      counts.pass += 1;
      say(`✔ ${name} (${Date.now() - begun} ms)`);
    } catch (error) {
      counts.fail += 1;
      say(`✖ ${name}\n${error?.code ?? ""} ${error?.message ?? error}\n${error?.stack ?? ""}`);
    }
  }
  for (const [word, number] of Object.entries(counts)) say(`ℹ ${word} ${number}`);
}

const isBytes = (value) => ArrayBuffer.isView(value);

function same(one, other) {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (isBytes(one) || isBytes(other)) {
    if (!isBytes(one) || !isBytes(other) || one.length !== other.length) return false;
    for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
    return true;
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return names.length === others.length && names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]));
}

function shown(value) {
  if (isBytes(value)) return `${value.length} bytes`;
  if (typeof value !== "object" || value === null) return String(value);
  const text = JSON.stringify(value, (_, inner) => (isBytes(inner) ? `${inner.length} bytes` : inner === undefined ? "undefined" : inner));
  return text.slice(0, 1000);
}

/** Equal to the last member and byte; what is neither plain nor bytes, only if it is the very same. */
export function equal(actual, expected, what = "") {
  if (!same(actual, expected)) throw new Error(`${what}: ${shown(actual)}, and not ${shown(expected)}`);
}

export function ok(value, what = "what should hold does not") {
  if (!value) throw new Error(what);
}

/** The very same value. */
export const is = (actual, expected, what = "") => ok(Object.is(actual, expected), `${what}: ${shown(actual)} is not the very ${shown(expected)}`);
