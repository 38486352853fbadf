/** Where the bucket is: for ever that one, whatever is asked. */
export function bucketAt({ bucket, region, endpoint, pathStyle = endpoint !== undefined }) {
  if (typeof bucket !== "string" || !/^[a-zA-Z0-9._-]+$/.test(bucket)) throw new TypeError("it needs the bucket's name");
  if (typeof region !== "string" || region === "") throw new TypeError("it needs the region, such as eu-central-1, or auto");
  const base = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  if (!pathStyle) base.hostname = `${bucket}.${base.hostname}`;
  return `${base.href.replace(/\/$/, "")}${pathStyle ? `/${bucket}` : ""}`;
}
