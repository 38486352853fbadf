import { inline } from "../../harness/lines.js";

const built = (script, page) => async (project) => {
  await project.script(script);
  return `${await project.host()}${page}`;
};
const needed = { needs: "[the inline entries](#the-inline-entries)", lines: inline, quick: true };

export default [
  { tool: "esbuild, `--format=esm`", ...needed, run: built("build", "index.html") },
  { tool: "esbuild, `--format=iife`", ...needed, run: built("build-iife", "iife.html") },
];
