/** In the Node that runs the tests, and in that of the tools. */
const inBoth = (script) => async (project) => {
  const newer = JSON.parse(await project.script(script));
  project.node = process.execPath;
  return { ...newer, ...JSON.parse(await project.script(script)) };
};

export default [
  { tool: "Node 20 and 24, `import`", quick: true, run: inBoth("import") },
  { tool: "Node 20 and 24, `require`", quick: true, run: inBoth("require") },
];
