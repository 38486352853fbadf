import { inPage } from "../../harness/examples.js";

export default [{ example: "vite", run: inPage("dev") }];
