/** The package as `presealed` has it, in workerd: it has started when it is imported. */
export * from "./presealed.js";
export { default } from "./presealed.js";
