import { handedIn } from "../../harness/examples.js";

export default [{ example: "form", quick: true, run: handedIn }];
