import { inline } from "../../harness/lines.js";

const TRUSTED_TYPES = `<meta http-equiv="Content-Security-Policy" content="require-trusted-types-for 'script'; trusted-types presealed presealed-part">`;

export default [
  { tool: "Vite 8, `vite`", alsoInline: true, run: (project) => project.serve("dev") },
  {
    tool: "Vite 8, `vite build`",
    alsoInline: true,
    quick: true,
    async run(project) {
      await project.script("build");
      return project.host("dist");
    },
  },
  {
    tool: "`vite build` under Trusted Types",
    needs: "[the inline entries](#the-inline-entries)",
    lines: inline,
    async run(project) {
      await project.write("index.html", (await project.read("index.html")).replace("<title>", `${TRUSTED_TYPES}\n<title>`));
      await project.script("build");
      return project.host("dist");
    },
  },
  {
    tool: "`vite build --base` of another origin",
    needs: "[the inline entries](#the-inline-entries)",
    lines: inline,
    async run(project) {
      const cdn = await project.host("dist", { headers: { "access-control-allow-origin": "*" } });
      await project.script("build", "--base", cdn);
      return project.host("dist");
    },
  },
];
