// The shell in `src/js` against the package's declarations, and against the steps that Rust gives it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as bindings from "../../target/xtask/modules/bindings.js";
import { layOutShell, wordsOfSteps } from "./shell.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const compiler = join(here, "node_modules/typescript/bin/tsc");
const settings = JSON.parse(readFileSync(join(here, "tsconfig.json"), "utf8"));

let scratch;
before(() => { scratch = mkdtempSync(join(tmpdir(), "presealed-shell-")); });
after(() => rmSync(scratch, { recursive: true, force: true }));

/** @returns {string} what the compiler says; empty if it has no complaint */
function check(changes, more) {
  const directory = layOutShell(scratch, settings, changes, more);
  try {
    execFileSync(process.execPath, [compiler, "--project", directory, "--pretty", "false"], { cwd: directory, encoding: "utf8" });
    return "";
  } catch (error) {
    return error.stdout || String(error);
  }
}

test("the shell agrees with what is declared", () => assert.equal(check(), ""));

test("the entry has the functions and classes that the package declares", () => {
  const code = `
import * as entry from "./entry.js";
import type * as declared from "./presealed.js";
export const all: Omit<typeof declared, "EncryptedObject"> = entry;
export const read = (object: InstanceType<typeof entry.EncryptedObject>): Omit<declared.EncryptedObject, typeof Symbol.dispose> => object;
`;
  assert.equal(check([], { "api.ts": code }), "");
  assert.match(check([], { "api.ts": code.replace('"EncryptedObject"', '"engine"') }), /^api\.ts.*TS2322/);
});

const WRONG = Object.entries({
  "a member of a step, misspelt": ["content.js", "step.byWorker", "step.byWorkers"],
  "a member of a step, misspelt where it is taken apart": ["platform.js", "({ ms, untilOnline }", "({ ms, untilOnLine: untilOnline }"],
  "a member of another step": ["sink.js", "write({ id, sink: to,", "write({ id, kind: to,"],
  "a step that is not there": ["drive.js", 'case "cancel":', 'case "cancelled":'],
  "a step that nothing carries out": ["effects.js", ", loadExtras", ""],
  "an answer, misspelt": ["content.js", "journey.opened(", "journey.open("],
  "an answer that lacks something": ["request.js", "journey.noAnswer(id, isOnline())", "journey.noAnswer(id)"],
  "what the caller gave, misspelt": ["request.js", "given.presign.call", "given.sign.call"],
  "a call of the bindings, misspelt": ["presealed.js", "bindings.abortUpload", "bindings.abort"],
  "a code that does not exist": ["checkpoints.js", '"unsupported-browser"', '"unsupported"'],
});

test("copies of modules agree too", () => {
  assert.equal(check(WRONG.map(([, [name, before]]) => [name, before, `/* */${before}`])), "");
});

test("what is wrong is refused", () => {
  const said = check(WRONG.map(([, change]) => change));
  const missed = WRONG.filter((_, index) => !new RegExp(`^altered-${index}\\.js\\(\\d+,\\d+\\): error TS2`, "m").test(said));
  assert.deepEqual(missed.map(([what]) => what), [], said);
});

/** By name: how many values each is given; of what is no function, -1. */
const arities = (of, names) => JSON.stringify(Object.fromEntries(names.map((name) => {
  const { value } = Object.getOwnPropertyDescriptor(of, name);
  return [name, typeof value === "function" && !String(value).startsWith("class") ? value.length : -1];
})));

test("what is declared of the bindings is what they have", () => {
  const methods = (Class) => arities(Class.prototype, Object.getOwnPropertyNames(Class.prototype).filter((name) => name !== "constructor" && !name.startsWith("__")));
  // How the module starts, and what the shell does not call.
  const own = Object.keys(bindings).filter((name) => !["default", "initSync", "KeyringHandle", "start"].includes(name));
  const code = `
import * as bindings from "./bindings.js";
type Arities<T> = { [Name in keyof T]: T[Name] extends (...given: infer Given) => unknown ? Given["length"] : -1 };
export const journey: Arities<Omit<bindings.Journey, typeof Symbol.dispose>> = ${methods(bindings.Journey)};
export const continuation: Arities<Omit<bindings.Continuation, typeof Symbol.dispose>> = ${methods(bindings.Continuation)};
export const all: Arities<Omit<typeof bindings, "default" | "initSync">> = ${arities(bindings, own)};
`;
  assert.equal(check([], { "arities.ts": code }), "");
  assert.match(check([], { "arities.ts": code.replace('"opened":2', '"opened":3') }), /arities\.ts.*TS2322/);
});

test("the steps that are declared are those that Rust makes", () => {
  const { made, declared } = wordsOfSteps();
  // Progress is the package's own declaration.
  const progress = ["encrypt", "upload", "download", "phase", "bytesDone", "bytesTotal"];
  assert.ok(made.size > 50);
  assert.deepEqual([...declared].filter((word) => !made.has(word)), []);
  assert.deepEqual([...made].filter((word) => !declared.has(word) && !progress.includes(word)), []);
});
