export default [
  {
    tool: "Parcel 2",
    async run(project) {
      await project.script("build");
      return project.host("dist");
    },
  },
];
