export default [
  { tool: "plain modules", quick: true, run: (project) => project.host(".", { at: "/some/where/" }) },
];
