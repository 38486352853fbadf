// ListBucketResult, read with the browser's own XML parser.

/** @returns {{ objects: { key: string, size: number, modified: string }[], next: string | null }} */
export function parseList(xml) {
  const root = new DOMParser().parseFromString(xml, "application/xml").documentElement;
  if (root.localName !== "ListBucketResult") throw new Error("the store's list of objects cannot be read");
  const text = (parent, name) => Array.from(parent.children).find((child) => child.localName === name)?.textContent ?? "";
  const objects = Array.from(root.children)
    .filter((child) => child.localName === "Contents")
    .map((entry) => ({ key: text(entry, "Key"), size: Number(text(entry, "Size")), modified: text(entry, "LastModified") }));
  return { objects, next: text(root, "IsTruncated") === "true" ? text(root, "NextContinuationToken") : null };
}

/** S3's error body: its code and message. */
export function parseError(xml) {
  const pick = (name) => xml.match(new RegExp(`<${name}>([^<]*)</${name}>`))?.[1];
  return { serviceCode: pick("Code"), message: pick("Message") };
}
