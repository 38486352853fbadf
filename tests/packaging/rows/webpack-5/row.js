export default [
  {
    tool: "webpack 5",
    alsoInline: true,
    quick: true,
    async run(project) {
      await project.script("build");
      return project.host();
    },
  },
];
