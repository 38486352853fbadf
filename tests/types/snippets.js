// The README's TypeScript, taken out of it, so that what people copy compiles.

/** @returns {{ line: number, code: string }[]} the ```ts blocks of a Markdown text and the lines they begin at */
export function snippetsIn(markdown) {
  const snippets = [];
  let open = null;
  for (const [index, text] of markdown.split("\n").entries()) {
    if (open) {
      if (text.trim() === "```") {
        snippets.push({ line: open.line, code: `${open.lines.join("\n")}\n` });
        open = null;
      } else {
        open.lines.push(text);
      }
    } else if (/^\s*```(ts|typescript)\s*$/.test(text)) {
      open = { line: index + 2, lines: [] };
    }
  }
  if (open) throw new Error(`the block that begins at line ${open.line} has no end`);
  if (!snippets.length) throw new Error("there is no ts block");
  return snippets;
}
