// What a bucket has to answer, so that pages can use it.

/** What the package reads of answers. S3 takes no wildcard here. */
const EXPOSED = [
  "ETag", "Content-Length", "Content-Range", "Retry-After", "x-amz-version-id", "x-amz-request-id", "x-amz-id-2",
  ...["3", "c", "d", "i", "m", "t", "w", "key", "key-v2", "iv", "matdesc", "wrap-alg", "cek-alg", "tag-len", "unencrypted-content-length", "crypto-instr-file"]
    .map((name) => `x-amz-meta-x-amz-${name}`),
];

export const corsRules = (...origins) => [{
  AllowedOrigins: origins,
  AllowedMethods: ["GET", "HEAD", "PUT", "POST", "DELETE"],
  AllowedHeaders: ["content-type", "if-match", "if-none-match", "range", "x-amz-*"],
  MaxAgeSeconds: 600,
  ExposeHeaders: EXPOSED,
}];
