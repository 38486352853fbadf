// The examples are what the documents say, and are alike where they do the same. tests/packaging runs them.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { read, root } from "./documents.js";
import { blocksIn } from "./snippets.js";

const EXAMPLES = readdirSync(join(root, "examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).toSorted();
const fileOf = (example, name) => read(join("examples", example, name));

test("the README of the examples names each of them, and a row of tests/packaging runs it", () => {
  const named = [...read("examples/README.md").matchAll(/^\| \[([\w-]+)\]/gm)].map(([, name]) => name);
  assert.deepEqual(named.toSorted(), EXAMPLES);
  const rows = readdirSync(join(root, "tests/packaging/rows")).flatMap((row) => /^example-(.*)$/.exec(row)?.[1] ?? []);
  assert.deepEqual(rows.toSorted(), EXAMPLES);
});

test("they ask for this version of the package", () => {
  const { version } = JSON.parse(read("npm/package.json"));
  for (const example of EXAMPLES) assert.equal(JSON.parse(fileOf(example, "package.json")).dependencies.presealed, `^${version}`, example);
});

test("the page without a bundler and that with Vite are one, and so are the signers", () => {
  assert.equal(fileOf("vite", "page.js"), fileOf("plain-page", "page.js"));
  for (const example of ["vite", "next"]) assert.equal(fileOf(example, "sign.js"), fileOf("plain-page", "sign.js"), example);
});

test("the signer of the example in Node is that of docs/signing.md", () => {
  const [{ code }] = blocksIn(read("docs/signing.md")).filter(({ code: text }) => text.includes("getSignedUrl"));
  const own = fileOf("node", "sign.js").slice(0, code.length + 50).replace("const Bucket = process.env.BUCKET;", 'const Bucket = "your-bucket";');
  assert.equal(own.slice(0, code.length), code);
});

test("a form becomes an encrypted one by few lines, and its README counts them", () => {
  const [plain, now] = ["plain.html", "index.html"].map((name) => fileOf("form", name).split("\n"));
  const changed = now.filter((line) => !plain.includes(line)).length;
  assert.ok(changed > 0 && changed <= 15);
  assert.ok(fileOf("form", "README.md").includes(`: ${changed} lines.`), `it is ${changed} lines`);
});
