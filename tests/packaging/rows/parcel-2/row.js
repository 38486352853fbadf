export default [
  {
    tool: "Parcel 2",
    alsoInline: true,
    async run(project) {
      await project.script("build");
      return project.host("dist");
    },
  },
];
