// Uploads of a Blob without client-side encryption, by others: what a page would use instead. Bundled for the page; each resolves once the object is stored.
import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";

const OPERATIONS = { PUT: "UploadPart", POST: "CompleteMultipartUpload", DELETE: "AbortMultipartUpload", GET: "ListParts" };

/** Uppy signs through the page's server, as the package does; its parts are those that it makes by itself. */
export async function uppy(source, key, { presign }) {
  // Uppy's own, for a file of that size.
  const chunk = Math.max(5 << 20, Math.ceil(source.size / 10_000));
  const signRequest = ({ method, uploadId, partNumber, contentType }) => {
    if (!uploadId && method === "PUT") return presign({ operation: "PutObject", key, contentLength: source.size, headers: { "content-type": contentType } });
    const operation = uploadId ? OPERATIONS[method] : "CreateMultipartUpload";
    const contentLength = Math.min(chunk, source.size - (partNumber - 1) * chunk);
    return presign({ operation, key, headers: {}, ...(uploadId && { uploadId }), ...(partNumber && { partNumber, contentLength }) });
  };
  const sender = new Uppy().use(AwsS3, { signRequest, getChunkSize: () => chunk, generateObjectKey: () => key });
  try {
    sender.addFile({ name: "bench", type: "application/octet-stream", data: source });
    const { failed } = await sender.upload();
    if (failed?.length) throw new Error(failed[0].error);
  } finally {
    sender.destroy();
  }
}

/** The SDK has credentials of its own, and signs by itself. */
export async function libStorage(source, key, { endpoint, accessKeyId, secretAccessKey }) {
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  try {
    await new Upload({ client, params: { Bucket: "presealed-demo", Key: key, Body: source } }).done();
  } finally {
    client.destroy();
  }
}
