// The package's workers, started as the page allows it: from a file or from text, of another origin, under Trusted Types.

/** @type {Record<string, { createScriptURL(address: string): any }>} */
const policies = {};

/**
 * Under Trusted Types addresses come from a policy, which the page allows by its name. Where it allows none, the platform says what is wrong.
 * @type {(url: string, name: string) => string}
 */
function trusted(url, name) {
  try {
    policies[name] ??= /** @type {any} */ (globalThis).trustedTypes?.createPolicy(name, { createScriptURL: (/** @type {string} */ address) => address });
  } catch {
    return url;
  }
  return policies[name]?.createScriptURL(url) ?? url;
}

const begun = (/** @type {string} */ url, /** @type {string} */ name) => new Worker(trusted(url, name), { type: "module", name });

/** @type {(text: string, name: string) => Worker} of a module's text */
export function ofText(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return begun(url, name);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * Of a file beside the wasm module. No page starts one of another origin, which Firefox tells later than others, but a text of its own imports it.
 * Where a bundler has moved the files, which it gives other names, only the bundler's words find them.
 * @param {() => Worker} start in the words that bundlers know, which fail under Trusted Types
 * @param {string} file
 * @param {URL} module the address of the wasm module
 * @param {string} name
 */
export function ofFile(start, file, module, name) {
  // Next's bundlers give an address without an origin, which is no base for others.
  if (!module.pathname.endsWith("/presealed_bg.wasm")) return start();
  const { href, origin } = new URL(file, module);
  if (origin !== globalThis.origin) return ofText(`import ${JSON.stringify(href)};`, name);
  try {
    return start();
  } catch {
    return begun(href, name);
  }
}
