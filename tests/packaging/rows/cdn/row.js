export default [
  {
    tool: "a CDN, by an import map",
    alsoInline: true,
    quick: true,
    async run(project) {
      const cdn = await project.host("node_modules", { headers: { "access-control-allow-origin": "*" } });
      await project.write("index.html", (await project.read("index.html")).replaceAll("https://cdn.example/", cdn));
      return project.host();
    },
  },
];
