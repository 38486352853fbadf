export default [
  {
    tool: "Wrangler 4, `wrangler dev`",
    outcomes: ["worker"],
    run: async (project) => (await fetch(await project.serve("dev"))).json(),
  },
];
