// Every link of the documents leads somewhere: in the repository, and in the package as npm ships it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { anchorsIn, linksIn } from "./links.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pkg = join(root, "pkg");
const DOCUMENTS = ["README.md", "SECURITY.md", "CHANGELOG.md"];

/** Links of the documents below a directory that lead to no file, or to no heading of it. */
function broken(directory, isThere) {
  const read = (path) => readFileSync(join(directory, path), "utf8");
  return DOCUMENTS.flatMap((document) => linksIn(read(document)).filter(({ path, anchor }) => {
    const target = path ? posix.join(dirname(document), path) : document;
    return !isThere(target) || (anchor && !anchorsIn(read(target)).has(anchor));
  }).map(({ path, anchor }) => `${document}: ${path}#${anchor}`));
}

/** What `npm publish` would send. */
function shipped() {
  const [{ files }] = Object.values(JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: pkg, encoding: "utf8" })));
  return new Set(files.map(({ path }) => path));
}

test("links lead to files and headings of the repository", () => {
  assert.deepEqual(broken(root, (path) => existsSync(join(root, path))), []);
});

test("the package ships its documents, and links lead to files that it ships", () => {
  const files = shipped();
  for (const name of [...DOCUMENTS, "LICENSE-APACHE", "LICENSE-MIT", "in-worker.d.ts", "worker.js"]) assert.ok(files.has(name), `${name} is not shipped`);
  assert.deepEqual(broken(pkg, (path) => files.has(path)), []);
});

test("links and headings are found, and code is none", () => {
  const text = "# The bucket's CORS rule\n[a](b.md#c) ![d](e/f.svg) [g](https://h/) [i](#j-k) `[l](m)`\n```js\n// [n](o)\n# p\n```\n### W `X`: y!\n";
  assert.deepEqual(linksIn(text), [{ path: "b.md", anchor: "c" }, { path: "e/f.svg", anchor: "" }, { path: "", anchor: "j-k" }]);
  assert.deepEqual([...anchorsIn(text)], ["the-buckets-cors-rule", "w-x-y"]);
});
