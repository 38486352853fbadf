import { printedWith } from "../../harness/lines.js";

const OPTION = /NODE_OPTIONS=\S+/;

export default [
  {
    tool: "Jest 30",
    needs: "[an option of Node's](#jest)",
    outcomes: ["test"],
    without: /Cannot use import statement outside a module|Must use import to load ES Module/,
    async lines(project) {
      const [option] = OPTION.exec(printedWith("jest"));
      await project.write("package.json", (await project.read("package.json")).replace('"jest"', `"${option} jest"`));
    },
    async run(project) {
      try {
        await project.script("test");
      } catch (error) {
        return { test: { error: String(error) } };
      }
      return JSON.parse(await project.read("outcome.json"));
    },
  },
];
