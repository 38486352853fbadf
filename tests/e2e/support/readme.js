// What the README tells people to copy.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");

/** The one block in that language with that word in it. */
export function block(language, word) {
  const blocks = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, text]) => text);
  const found = blocks.filter((text) => text.includes(word));
  assert.equal(found.length, 1, `the README's ${language} blocks with ${word}`);
  return found[0];
}

/** The bucket's CORS rules, for a page. */
export const corsRules = (origin) => JSON.parse(block("json", "ExposeHeaders")).map((rule) => ({ ...rule, AllowedOrigins: [origin] }));
