// The modules are bundled and minified; a map beside each leads back to what was written, with its names and comments.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { folder } from "./support/package.js";

const read = (name) => readFileSync(join(folder, name), "utf8");
const ENTRIES = ["presealed.js", "in-worker.js", "worker.js", "part-worker.js", "workerd.js"];

test("each module names the map beside it, which has its sources", () => {
  for (const name of ENTRIES) {
    const [, map] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(read(name)) ?? [];
    assert.equal(map, `${name}.map`, name);
    const { sourceRoot, sources, sourcesContent } = JSON.parse(read(`${name}.map`));
    assert.equal(sourceRoot, "src/", name);
    assert.ok(sources.length > 1 && sourcesContent.length === sources.length && sourcesContent.every((text) => text.length > 0), name);
    // No path of the machine that made it.
    for (const source of sources) assert.match(source, /^\.\.\/modules\/[\w/-]+\.js$/);
  }
});

test("what went wrong is found where it was written, by its own name", () => {
  const [map, text] = [JSON.parse(read("presealed.js.map")), read("presealed.js")];
  const before = text.slice(0, text.indexOf('"the module panicked')).split("\n");
  const { originalLine, originalColumn, originalSource } = new SourceMap(map).findEntry(before.length - 1, before.at(-1).length);
  assert.match(originalSource, /drive\.js$/);
  const written = map.sourcesContent[map.sources.findIndex((source) => originalSource.endsWith(source))];
  assert.match(written.split("\n")[originalLine].slice(originalColumn), /^"the module panicked/);
  assert.ok(map.names.includes("poison"), "no names");
});

test("the inline entries have no map, and none is asked for by the workers in them", () => {
  for (const name of ["inline.js", "inlined.js", "inline-in-worker.js"]) assert.ok(!read(name).includes("sourceMappingURL"), name);
});
