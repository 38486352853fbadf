// The package as its README tells to use it, with the keyrings of the protocol; the same in Node and in a page.

export const POLICIES = {
  writing: { V2: "forbid-encrypt-allow-decrypt", V3: "require-encrypt-require-decrypt" },
  reading: { V1: "require-encrypt-allow-decrypt", V2: "require-encrypt-allow-decrypt", V3: "require-encrypt-require-decrypt" },
};

const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** The keyrings of the protocol. */
export const keyringsOf = (presealed, kms) => ({ type, key, keyId, publicKey, privateKey }, materialDescription, legacy) => {
  const wraps = legacy && { enableLegacyWrappingAlgorithms: true };
  switch (type) {
    case "aes": return presealed.RawAesKeyring.fromKey(fromBase64(key), { materialDescription, ...wraps });
    case "rsa": return presealed.RawRsaKeyring.fromKeys({ publicKey, privateKey }, { materialDescription });
    case "kms": return new presealed.KmsKeyring({ keyId, kms, ...wraps });
    default: throw new Error(`no keyring of type ${type}`);
  }
};

/**
 * @param presealed the package, initialised
 * @param {string} page where the server that signs and brokers KMS answers: empty within its own page
 */
export function clientOf(presealed, page) {
  const ask = async (path, input, signal) => {
    const response = await fetch(page + path, {
      method: "POST", signal, headers: { "content-type": "application/json" }, body: JSON.stringify(input),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path}: ${answer.message ?? answer.Message ?? response.status}`);
    return answer;
  };
  const presign = (request, signal) => ask("/presign", request, signal);
  const kms = {
    async generateDataKey(input) {
      const { Plaintext, CiphertextBlob } = await ask("/kms/GenerateDataKey", input);
      return { Plaintext: fromBase64(Plaintext), CiphertextBlob: fromBase64(CiphertextBlob) };
    },
    async decrypt({ CiphertextBlob, ...rest }) {
      const { Plaintext } = await ask("/kms/Decrypt", { ...rest, CiphertextBlob: toBase64(CiphertextBlob) });
      return { Plaintext: fromBase64(Plaintext) };
    },
  };

  const keyring = keyringsOf(presealed, kms);

  const options = async (request, policies) => ({
    key: request.key,
    presign,
    keyring: await keyring(request.keyring, request.materialDescription, request.legacy),
    commitmentPolicy: policies[request.format],
    ...(request.keyring.type === "kms" && { encryptionContext: request.encryptionContext }),
  });

  return {
    /** @param {Blob} content */
    async put(request, content) {
      const writing = { ...await options(request, POLICIES.writing), envelopeIn: request.envelope };
      if (typeof XMLHttpRequest !== "undefined") return presealed.putObject(content, writing);
      const { key, presign: _, ...sealing } = writing;
      const sealed = await presealed.encrypt(content, sealing);
      if (sealed.instructionFile) await send(presign, `${key}.instruction`, sealed.instructionFile);
      return send(presign, key, sealed);
    },

    /** @returns {Promise<Blob>} */
    async get(request) {
      const object = await presealed.getObject({
        ...await options(request, POLICIES.reading),
        ...(request.suffix && { instructionFile: { suffix: request.suffix } }),
        ...(request.legacy && { enableLegacyUnauthenticatedModes: true, enableLegacyCbcUnderGcmKeys: true }),
      });
      return object.blob();
    },

    /** Wraps the data key of an instruction file anew, for `newKeyring`. */
    async reencrypt(request) {
      return presealed.rewrapInstructionFile({
        ...await options(request, POLICIES.reading),
        ...(request.legacy && { enableLegacyUnauthenticatedModes: true, enableLegacyCbcUnderGcmKeys: true }),
        newKeyring: await keyring(request.newKeyring, request.newMaterialDescription),
        ...(request.suffix && { newSuffix: request.suffix }),
        enforceRotation: request.enforceRotation,
      });
    },
  };
}

// Where there is no XMLHttpRequest, an application sends what `encrypt` made.
async function send(presign, key, { body, headers }) {
  const signed = await presign({ operation: "PutObject", key, contentLength: body.size, headers });
  const response = await fetch(signed.url, { method: "PUT", headers: { ...headers, ...signed.headers }, body });
  if (!response.ok) throw new Error(`PUT ${key}: ${response.status} ${await response.text()}`);
}

/** What the package can do, in the protocol's terms. */
export function description(client) {
  const modern = ["metadata", "instruction-file"].flatMap((envelope) => ["V2", "V3"].flatMap((format) => [
    { format, envelope, keyring: "aes", description: "any" },
    { format, envelope, keyring: "rsa", description: "any" },
    { format, envelope, keyring: "kms", context: "any" },
  ]));
  return { client, writes: modern, reads: modern };
}

/** As the protocol has errors: the code first. */
export const failure = (error) => `${error.code ?? error.name}: ${error.message}${error.cause ? ` (${error.cause})` : ""}`;
