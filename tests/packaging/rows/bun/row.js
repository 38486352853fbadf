import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { inline } from "../../harness/lines.js";

export default [
  {
    tool: "`bun build`",
    needs: "[the inline entries](#the-inline-entries)",
    lines: inline,
    async run(project) {
      // npm's `bun` would fetch the program by a script; this package of the same people has it.
      const [packaged] = await readdir(join(project.folder, "node_modules/@oven"));
      project.path.push(`node_modules/@oven/${packaged}/bin`);
      await project.script("build");
      return project.host();
    },
  },
];
