// Every link of the documents leads somewhere: in the repository, and in the package as npm ships it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { ALL, SHIPPED, read, root } from "./documents.js";
import { anchorsIn, linksIn, ownLinksIn } from "./links.js";

const pkg = join(root, "pkg");

/** Links of the documents below a directory that lead to no file, or to no heading of it. */
function broken(documents, directory, isThere) {
  const leads = (target, anchor) => isThere(target) && (!anchor || anchorsIn(read(target, directory)).has(anchor));
  return documents.flatMap((document) => {
    const text = read(document, directory);
    const relative = linksIn(text).filter(({ path, anchor }) => !leads(path ? posix.join(dirname(document), path) : document, anchor));
    // Files of the repository are on GitHub, whatever the package ships.
    const own = directory === root ? ownLinksIn(text).filter(({ path, anchor }) => !leads(path, anchor)) : [];
    return [...relative, ...own].map(({ path, anchor }) => `${document}: ${path}#${anchor}`);
  });
}

/** What `npm publish` would send. */
function shipped() {
  const [{ files }] = Object.values(JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: pkg, encoding: "utf8" })));
  return new Set(files.map(({ path }) => path));
}

test("links lead to files and headings of the repository", () => {
  assert.deepEqual(broken(ALL, root, (path) => existsSync(join(root, path))), []);
});

test("the package ships its documents, and links lead to files that it ships", () => {
  const files = shipped();
  for (const name of [...SHIPPED, "LICENSE-APACHE", "LICENSE-MIT", "in-worker.d.ts", "worker.js"]) assert.ok(files.has(name), `${name} is not shipped`);
  assert.deepEqual(broken(SHIPPED, pkg, (path) => files.has(path)), []);
});

test("the package installs nothing beside itself, and runs nothing when it is installed", () => {
  const said = JSON.parse(readFileSync(join(pkg, "package.json"), "utf8"));
  const asks = ["dependencies", "optionalDependencies", "bundleDependencies", "bundledDependencies", "scripts"];
  assert.equal(said.name, "presealed");
  assert.deepEqual(asks.filter((name) => name in said), []);
  // Who serves brings it.
  const optional = ["@aws-sdk/client-s3", "@aws-sdk/s3-request-presigner", "aws4fetch"];
  assert.deepEqual(Object.keys(said.peerDependencies), optional);
  assert.deepEqual(said.peerDependenciesMeta, Object.fromEntries(optional.map((name) => [name, { optional: true }])));
});

test("every document for users can be reached from the README", () => {
  const seen = new Set(["README.md"]);
  for (const document of seen) {
    for (const { path } of linksIn(read(document))) {
      const target = posix.join(dirname(document), path);
      if (path.endsWith(".md") && SHIPPED.includes(target)) seen.add(target);
    }
  }
  assert.deepEqual(SHIPPED.filter((document) => !seen.has(document)), []);
});

test("links and headings are found, and code is none", () => {
  const text = "# The bucket's CORS rule\n[a](b.md#c) ![d](e/f.svg) [g](https://h/) [i](#j-k) `[l](m)`\n```js\n// [n](o)\n# p\n```\n### W `X`: y!\n";
  assert.deepEqual(linksIn(text), [{ path: "b.md", anchor: "c" }, { path: "e/f.svg", anchor: "" }, { path: "", anchor: "j-k" }]);
  assert.deepEqual(ownLinksIn("[a](https://github.com/presealed/presealed/blob/main/b/c.md#d) [e](https://github.com/f)"), [{ path: "b/c.md", anchor: "d" }]);
  assert.deepEqual([...anchorsIn(text)], ["the-buckets-cors-rule", "w-x-y"]);
});
