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
];
