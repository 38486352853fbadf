// What the documents tell people to copy.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const read = (document) => readFile(new URL(`../../../${document}`, import.meta.url), "utf8");
const readme = await read("README.md");

/** The one block of a text in that language with that word in it. */
export function block(language, word, text = readme) {
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, code]) => code);
  const found = blocks.filter((code) => code.includes(word));
  assert.equal(found.length, 1, `the ${language} blocks with ${word}`);
  return found[0];
}

export const blockOf = async (document, language, word) => block(language, word, await read(document));

/** The bucket's CORS rules, for a page. */
export const corsRules = (origin) => JSON.parse(block("json", "ExposeHeaders")).map((rule) => ({ ...rule, AllowedOrigins: [origin] }));
