import { inPage } from "../../harness/examples.js";

export default [{ example: "plain-page", quick: true, run: inPage("start") }];
