// The blocks of code of a Markdown text, taken out of it, so that what people copy compiles and runs.

/** @returns {{ language: string, line: number, code: string }[]} the blocks and the lines they begin at */
export function blocksIn(markdown) {
  const blocks = [];
  let open = null;
  for (const [index, text] of markdown.split("\n").entries()) {
    if (open) {
      if (text.trim() === "```") {
        blocks.push({ language: open.language, line: open.line, code: `${open.lines.join("\n")}\n` });
        open = null;
      } else {
        open.lines.push(text);
      }
    } else if (/^\s*```/.test(text)) {
      open = { language: text.trim().slice(3).trim(), line: index + 2, lines: [] };
    }
  }
  if (open) throw new Error(`the block that begins at line ${open.line} has no end`);
  return blocks;
}

/** Those in TypeScript and JavaScript. */
export const snippetsIn = (markdown) => blocksIn(markdown).filter(({ language }) => language === "ts" || language === "js");
