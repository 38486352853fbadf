export default [
  { tool: "Vite 8, `vite`", run: (project) => project.serve("dev") },
  {
    tool: "Vite 8, `vite build`",
    quick: true,
    async run(project) {
      await project.script("build");
      return project.host("dist");
    },
  },
];
