export default [
  { tool: "plain modules", alsoInline: true, quick: true, run: (project) => project.host(".", { at: "/some/where/" }) },
];
