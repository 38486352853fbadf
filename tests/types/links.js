// The links of a Markdown text that lead to files and headings, and the headings that they may lead to.

const withoutCode = (markdown) => markdown.replace(/^\s*```[\s\S]*?^\s*```\s*$/gm, "").replace(/`[^`\n]*`/g, "code");

/** @returns {{ path: string, anchor: string }[]} its relative links and images; an empty path is the text itself */
export function linksIn(markdown) {
  const targets = [...withoutCode(markdown).matchAll(/\]\(\s*<?([^)\s>]+)/g)].map(([, target]) => target);
  return targets.filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target)).map((target) => {
    const [path, anchor = ""] = target.split("#");
    return { path, anchor };
  });
}

/** @returns {Set<string>} what GitHub and npm call its headings */
export function anchorsIn(markdown) {
  const headings = [...markdown.replace(/^\s*```[\s\S]*?^\s*```\s*$/gm, "").matchAll(/^#{1,6} +(.+?) *$/gm)];
  return new Set(headings.map(([, text]) => text.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "").replaceAll(" ", "-")));
}
