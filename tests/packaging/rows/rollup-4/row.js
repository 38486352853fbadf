import { inline } from "../../harness/lines.js";

export default [
  {
    tool: "Rollup 4",
    needs: "[the inline entries](#the-inline-entries)",
    lines: inline,
    async run(project) {
      await project.script("build");
      return project.host();
    },
  },
];
