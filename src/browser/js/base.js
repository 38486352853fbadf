// Whether this module has an address that others can be found by: one in a data or blob URL, or in a script that is no module, has none.

export function hasBase() {
  try {
    return Boolean(new URL("./", import.meta.url));
  } catch {
    return false;
  }
}
