// Speaks the interop protocol for `presealed/node`, over the AWS SDK's own clients.
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { KMS, S3Client, installed } from "../../e2e/support/node-client.js";
import { POLICIES, description, failure, keyringsOf } from "./client.js";

const { KMS_ENDPOINT, S3_ENDPOINT } = process.env;
const { presealed, remove, S3EncryptionClient } = await installed();
const client = new S3Client({ endpoint: S3_ENDPOINT, forcePathStyle: true });
const keyring = keyringsOf(presealed, new KMS({ endpoint: KMS_ENDPOINT }));

const of = (request, policies) => new S3EncryptionClient({
  client, keyring: keyring(request.keyring, request.materialDescription, request.legacy), commitmentPolicy: policies[request.format],
  ...(request.legacy && { enableLegacyUnauthenticatedModes: true, enableLegacyCbcUnderGcmKeys: true }),
});
const where = ({ bucket: Bucket, key: Key, keyring: { type }, encryptionContext: EncryptionContext }) => ({ Bucket, Key, ...(type === "kms" && { EncryptionContext }) });

const operations = {
  describe: () => ({ reencrypts: true, ...description(`presealed/node in Node ${process.versions.node}`) }),
  put: async (request) => {
    await of(request, POLICIES.writing).putObject({ ...where(request), Body: createReadStream(request.body) }, { envelopeIn: request.envelope });
  },
  get: async (request) => {
    const options = request.suffix && { instructionFile: { suffix: request.suffix } };
    await writeFile(request.output, (await of(request, POLICIES.reading).getObject(where(request), options)).Body);
  },
  reencrypt: async (request) => {
    const newKeyring = keyring(request.newKeyring, request.newMaterialDescription);
    await of(request, POLICIES.reading).reEncryptInstructionFile(where(request), { newKeyring, newSuffix: request.suffix, enforceRotation: request.enforceRotation });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = await Promise.resolve(operations[request.operation](request))
    .then((result) => ({ ok: true, ...result }), (error) => ({ ok: false, error: failure(error) }));
  process.stdout.write(`${JSON.stringify({ id: request.id, ...answer })}\n`);
}
remove();
