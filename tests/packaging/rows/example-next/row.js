import { inPage } from "../../harness/examples.js";

export default [{ example: "next", run: inPage("dev") }];
