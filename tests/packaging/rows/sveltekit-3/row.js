/** SvelteKit serves what is in `src`. */
async function started(project, script) {
  await project.write("src/journeys.js", await project.read("journeys.js"));
  if (script === "preview") await project.script("build");
  return project.serve(script);
}

const PAGE = ["page", "worker"];

export default [
  { tool: "SvelteKit 3, `vite dev`", outcomes: PAGE, run: (project) => started(project, "dev") },
  { tool: "SvelteKit 3, `vite build`", outcomes: PAGE, run: (project) => started(project, "preview") },
  {
    tool: "SvelteKit 3, an endpoint",
    outcomes: ["route"],
    run: async (project) => (await fetch(new URL("/api", await started(project, "preview")))).json(),
  },
];
