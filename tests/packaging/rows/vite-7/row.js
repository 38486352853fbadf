import { printedFor } from "../../harness/lines.js";

export default [
  {
    tool: "Vite 7, `vite`",
    alsoInline: true,
    needs: "[a setting](#vite-7)",
    lines: (project) => project.write("vite.config.js", printedFor("vite.config.js")),
    run: (project) => project.serve("dev"),
  },
  {
    tool: "Vite 7, `vite build`",
    alsoInline: true,
    async run(project) {
      await project.script("build");
      return project.host("dist");
    },
  },
];
