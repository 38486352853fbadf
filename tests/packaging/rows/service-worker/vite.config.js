export default { build: { rollupOptions: { input: ["index.html", "sw.js"], output: { entryFileNames: "[name].js" } } } };
