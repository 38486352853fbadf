// What others' gates say of the tarball: publint of its package.json, attw of how TypeScript finds its types.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const tarball = process.env.PRESEALED_TARBALL;
const bin = fileURLToPath(new URL("node_modules/.bin/", import.meta.url));

/** @returns how it ended, and what it said if that was not well */
const said = (command, ...args) => new Promise((resolve) => {
  execFile(process.execPath, [join(bin, command), ...args], (error, stdout, stderr) => resolve(error ? `${error.code}: ${stdout}${stderr}` : ""));
});

test("publint has no complaint", async () => {
  assert.equal(await said("publint", "run", tarball, "--strict"), "");
});

test("attw finds the types of every entry", async () => {
  // These are no modules of TypeScript's: a worker's script, wasm and JSON.
  const untyped = ["./worker", "./presealed_bg.wasm", "./presealed_extras.wasm", "./package.json"];
  assert.equal(await said("attw", tarball, "--profile", "esm-only", "--exclude-entrypoints", ...untyped), "");
});
