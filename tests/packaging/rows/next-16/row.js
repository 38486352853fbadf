const ONCE = ["page", "worker"];

const built = (script) => async (project) => {
  await project.script(script);
  return project.serve("start");
};

export default [
  { tool: "Next 16, `next dev`", outcomes: [...ONCE, ...ONCE.map((name) => `${name} again`)], run: (project) => project.serve("dev") },
  { tool: "Next 16, `next build`", outcomes: ONCE, run: built("build") },
  { tool: "Next 16, `next build --webpack`", outcomes: ONCE, run: built("build-webpack") },
  ...Object.entries({ "next build": "build", "next build --webpack": "build-webpack" }).map(([name, script]) => ({
    tool: `Next 16, a route in Node, \`${name}\``,
    outcomes: ["route"],
    run: async (project) => (await fetch(new URL("/api", await built(script)(project)))).json(),
  })),
];
