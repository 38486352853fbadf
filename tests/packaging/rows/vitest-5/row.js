const run = (script) => async (project) => {
  await project.script(script);
  return JSON.parse(await project.read("outcome.json"));
};

export default [
  { tool: "Vitest 5", outcomes: ["test"], run: run("node") },
  { tool: "Vitest 5, `environment: \"jsdom\"`", outcomes: ["test"], run: run("jsdom") },
];
