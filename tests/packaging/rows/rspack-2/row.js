export default [
  {
    tool: "Rspack 2",
    async run(project) {
      await project.script("build");
      return project.host();
    },
  },
];
