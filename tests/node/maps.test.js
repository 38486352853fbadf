// The modules are minified; a map beside each leads back to what was written, with its names and comments.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { folder } from "./support/package.js";

const read = (name) => readFileSync(join(folder, name), "utf8");
const modules = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"));

test("each module names the map beside it, which has its source", () => {
  assert.ok(modules.length > 25, modules.join());
  for (const name of modules) {
    const [, map] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(read(name)) ?? [];
    assert.equal(map, `${name.split("/").at(-1)}.map`, name);
    const { sourceRoot, sources, sourcesContent } = JSON.parse(read(`${name}.map`));
    assert.deepEqual([sourceRoot, sources.length, typeof sourcesContent[0]], ["src/", 1, "string"], name);
  }
});

test("what went wrong is found where it was written, by its own name", () => {
  const map = JSON.parse(read("drive.js.map"));
  const { originalLine, originalColumn } = new SourceMap(map).findEntry(0, read("drive.js").indexOf('"the module panicked'));
  const [written] = map.sourcesContent;
  assert.match(written.split("\n")[originalLine].slice(originalColumn), /^"the module panicked/);
  assert.ok(map.names.includes("poison"), map.names.join());
});
