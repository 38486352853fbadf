// The links of a Markdown text that lead to files and headings, and the headings that they may lead to.

const withoutCode = (markdown) => markdown.replace(/^\s*```[\s\S]*?^\s*```\s*$/gm, "").replace(/`[^`\n]*`/g, "code");

/** How links begin that lead to a file of this repository from elsewhere: from the package, which does not ship it. */
const OWN = "https://github.com/presealed/presealed/blob/main/";

const split = (target) => {
  const [path, anchor = ""] = target.split("#");
  return { path, anchor };
};
const targetsIn = (markdown) => [...withoutCode(markdown).matchAll(/\]\(\s*<?([^)\s>]+)/g)].map(([, target]) => target);

/** @returns {{ path: string, anchor: string }[]} its relative links and images; an empty path is the text itself */
export const linksIn = (markdown) => targetsIn(markdown).filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target)).map(split);

/** @returns {{ path: string, anchor: string }[]} its links to this repository by address; paths are from the root */
export const ownLinksIn = (markdown) =>
  targetsIn(markdown).filter((target) => target.startsWith(OWN)).map((target) => split(target.slice(OWN.length)));

/** @returns {Set<string>} what GitHub and npm call its headings */
export function anchorsIn(markdown) {
  const headings = [...markdown.replace(/^\s*```[\s\S]*?^\s*```\s*$/gm, "").matchAll(/^#{1,6} +(.+?) *$/gm)];
  return new Set(headings.map(([, text]) => text.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "").replaceAll(" ", "-")));
}
