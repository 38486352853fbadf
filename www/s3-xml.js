// What S3 answers as XML, read with the browser's own parser.

const rootOf = (xml) => new DOMParser().parseFromString(xml, "application/xml").documentElement;
const text = (parent, name) => Array.from(parent.children).find((child) => child.localName === name)?.textContent ?? "";

/** @returns {{ objects: { key: string, size: number, modified: string }[], next: string | null }} */
export function parseList(xml) {
  const root = rootOf(xml);
  if (root.localName !== "ListBucketResult") throw new Error("the store's list of objects cannot be read");
  const isEncoded = text(root, "EncodingType") === "url"; // as forms encode: XML cannot hold every name
  const name = (key) => (isEncoded ? decodeURIComponent(key.replaceAll("+", " ")) : key);
  const objects = Array.from(root.children)
    .filter((child) => child.localName === "Contents")
    .map((entry) => ({ key: name(text(entry, "Key")), size: Number(text(entry, "Size")), modified: text(entry, "LastModified") }));
  return { objects, next: text(root, "IsTruncated") === "true" ? text(root, "NextContinuationToken") : null };
}

/** S3's error body: its code and message. The answer to a HEAD has none, and the browser would complain of it as XML. */
export function parseError(xml) {
  if (!xml) return {};
  const root = rootOf(xml);
  return { serviceCode: text(root, "Code") || undefined, message: text(root, "Message") || undefined };
}
