import { byCommand } from "../../harness/examples.js";

export default [{ example: "node", quick: true, run: byCommand }];
