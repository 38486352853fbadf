// The documents of the repository, and which of them are for whom.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { snippetsIn } from "./snippets.js";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const inFolder = (folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith(".md")).map((name) => join(folder, name)).toSorted();

/** For who uses the package: what they copy is compiled, and goes with the package. */
export const OF_USERS = ["README.md", ...inFolder("docs")];
/** What npm ships. */
export const SHIPPED = [...OF_USERS, "SECURITY.md", "CHANGELOG.md"];
export const ALL = [
  ...inFolder("."), ...inFolder("docs"), "examples/README.md", ...["form", "next", "node", "plain-page", "vite"].map((name) => `examples/${name}/README.md`),
  "tests/interop/README.md", "tests/packaging/README.md", "tests/vectors/README.md",
];

export const read = (document, directory = root) => readFileSync(join(directory, document), "utf8");

/** The code that users copy, each block with its document and the name of a file. */
export const snippets = () => OF_USERS.flatMap((document) => snippetsIn(read(document)).map((block) => ({
  ...block, document, file: `${document.replaceAll(/[./]/g, "-")}-line-${block.line}.${block.language}`,
})));
