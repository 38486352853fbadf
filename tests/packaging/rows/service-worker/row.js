export default [
  {
    tool: "a service worker, by `vite build`",
    outcomes: ["serviceWorker"],
    async run(project) {
      await project.script("build");
      return project.host("dist");
    },
  },
];
