export { sign as POST } from "../../sign.js";
