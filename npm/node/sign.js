// The package's `presign`, by the client's own configuration: its credentials, its region, its endpoint, its middleware.
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, GetObjectCommand, HeadObjectCommand, ListPartsCommand,
  PutObjectCommand, UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const COMMANDS = {
  AbortMultipartUpload: AbortMultipartUploadCommand, CompleteMultipartUpload: CompleteMultipartUploadCommand,
  CreateMultipartUpload: CreateMultipartUploadCommand, GetObject: GetObjectCommand, HeadObject: HeadObjectCommand, ListParts: ListPartsCommand,
  PutObject: PutObjectCommand, UploadPart: UploadPartCommand,
};
const STORES = ["PutObject", "CreateMultipartUpload"];
const READS = ["GetObject", "HeadObject"];
/** Seconds in which a request begins; one that comes later is signed anew. */
const EXPIRES_IN = 300;

/** Else a checksum of nothing is signed into uploads, and a header that nobody sends into downloads. */
const quiet = ({ config, middlewareStack }) => ({
  config: { ...config, requestChecksumCalculation: async () => "WHEN_REQUIRED", responseChecksumValidation: async () => "WHEN_REQUIRED" },
  middlewareStack,
});

/**
 * @param inputs what every request carries
 * @param {{ stored?: object, read?: object }} more what the object's own requests carry beside it, not those of its instruction file
 */
export function presignBy(client, { Key, ...inputs }, { stored, read } = {}) {
  const signing = quiet(client);
  return async ({ operation, key, headers = {}, contentLength, uploadId, partNumber, partNumberMarker }) => {
    const own = key !== Key ? {} : STORES.includes(operation) ? stored : READS.includes(operation) ? read : {};
    const command = new COMMANDS[operation]({
      ...inputs, ...own, Key: key, ContentLength: contentLength, UploadId: uploadId, PartNumber: partNumber, PartNumberMarker: partNumberMarker?.toString(),
    });
    // Every header is signed as one: S3 takes those of an object from nowhere else.
    const names = new Set(["host", "content-length"]);
    let sent;
    const asHeaders = (next) => (args) => {
      sent = Object.assign(args.request.headers, headers);
      for (const name of Object.keys(sent)) names.add(name.toLowerCase());
      return next(args);
    };
    command.middlewareStack.add(asHeaders, { step: "build", priority: "low", name: "presealedHeaders" });
    const url = await getSignedUrl(signing, command, { expiresIn: EXPIRES_IN, unhoistableHeaders: names, signableHeaders: names });
    const signed = new URL(url).searchParams.get("X-Amz-SignedHeaders").split(";");
    return { url, headers: Object.fromEntries(Object.entries(sent).filter(([name]) => signed.includes(name.toLowerCase()))) };
  };
}
