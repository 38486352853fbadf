import * as S3 from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const OPERATIONS = [
  "PutObject", "GetObject", "HeadObject", "CreateMultipartUpload", "UploadPart", "ListParts", "CompleteMultipartUpload", "AbortMultipartUpload",
];
// Else a checksum of nothing is signed into uploads, and a header that no page sends into downloads.
const s3 = new S3.S3Client({ requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" });

const Bucket = process.env.BUCKET;
// Not x-amz-copy-source or x-amz-acl: who may upload may not therefore copy what others have, or publish.
const HEADERS = /^(content-type|if-(none-)?match|range|x-amz-(meta-|checksum-|mp-object-size$|server-side-encryption).*)$/;

export async function presign({ operation, key, headers = {}, ...rest }, user) {
  if (!OPERATIONS.includes(operation) || !Object.keys(headers).every((name) => HEADERS.test(name))) throw new Error("not signed here");
  const command = new S3[`${operation}Command`]({
    Bucket, Key: allowedKey(key, user), // yours: who may write and read what
    ContentLength: rest.contentLength, UploadId: rest.uploadId, PartNumber: rest.partNumber, PartNumberMarker: rest.partNumberMarker,
  });
  const withHeaders = (next) => (args) => (Object.assign(args.request.headers, headers), next(args));
  command.middlewareStack.add(withHeaders, { step: "build", name: "presealedHeaders" });
  const names = new Set(Object.keys(headers));
  const url = await getSignedUrl(s3, command, { expiresIn: 300, unhoistableHeaders: names, signableHeaders: new Set([...names, "host", "content-length"]) });
  return { url };
}

// Whoever has the credentials may do what they allow.
const allowedKey = (key) => key;
