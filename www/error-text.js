// The one place that turns an error's code into what the person can do about it.
import { FormError } from "./view.js";

const TEXTS = {
  "authentication-failed": ["This object was changed after it was stored.", "Nothing was saved. Do not use other copies of it from this bucket; upload the original again."],
  "commitment-mismatch": ["The key does not match the commitment in this object.", "It may have been tampered with. Nothing was saved; upload the original again."],
  "commitment-required": ["This object has an older format (V2) without key commitment.", "If you expect it from an older client, open “This object was written by an earlier client”, tick “Allow the older format” and try again."],
  "encryption-context-mismatch": ["The encryption context is not the one this object was stored with.", "Correct the name=value lines, or leave them empty to accept the stored ones."],
  "keyring-mismatch": ["This object needs another kind of key.", "Inspect it to see which."],
  "unwrap-failed": ["This key does not open the object.", "Check that it is the key the file was encrypted with."],
  "wrap-failed": ["The key could not be used to encrypt.", "Try again; the details say what went wrong."],
  "legacy-wrapping-disabled": ["This object's key was wrapped in an outdated way.", "If you expect that, open “This object was written by an earlier client”, tick “Allow outdated key wrapping” and try again."],
  "unauthenticated-mode-disabled": ["This object's content is not authenticated (AES-CBC, written by an early client): a change would go unnoticed.", "If you accept that, open “This object was written by an earlier client”, tick “Allow unauthenticated content” and try again."],
  "legacy-decryption-failed": ["This object could not be decrypted.", "Either this is the wrong key, or the object was changed or cut short."],
  "kms-failed": ["The key service refused the request.", "Check the key id, its policy and the encryption context."],
  "envelope-missing": ["This object carries no client-side encryption envelope.", "Either it was stored without one, or the bucket's CORS rule hides the x-amz-meta-x-amz-* headers: list each one in ExposeHeaders."],
  "instruction-file-missing": ["The instruction file of this object is missing.", "Without it nobody can open the object. Restore the file beside it, or upload the original again."],
  "instruction-file-in-use": ["The object already stored under that name still needs its instruction file.", "Delete that object first, or choose another name."],
  "rotation-incomplete": ["The old key would still open this object.", "Nothing was changed. Choose a different new key."],
  "envelope-invalid": ["This object's envelope is damaged.", "It cannot be opened. If you have the original, upload it again."],
  "envelope-unexpected": ["This object is client-side encrypted.", "Give the key it was encrypted with."],
  "unsupported-format": ["This object uses a format that Presealed cannot open.", "Open it with one of the official S3 Encryption Clients."],
  truncated: ["The download ended too early.", "Nothing was saved. Try again; if it happens every time, the stored object is incomplete."],
  "content-too-large": ["This file is larger than one encrypted object may be (64 GiB).", "Split the file and upload the pieces."],
  "metadata-too-large": ["The metadata to be stored with the file exceeds 2 KB.", "Shorten the encryption context or the metadata."],
  "file-changed": ["The file changed while it was being encrypted.", "Close the programs that write to it and upload it again."],
  "content-length-mismatch": ["The file was not as long as it was said to be.", "Upload it again."],
  "read-failed": ["The file could not be read.", "If it was moved or changed, choose it again. A folder has to be packed into one file first."],
  "write-failed": ["The file could not be written.", "Check that there is room on the disk and that the browser may write there. Nothing was saved."],
  "checkpoint-failed": ["This browser could not record the progress of the upload.", "Free some disk space, or allow this site to store data. Then press “Protect and upload” again."],
  "presign-failed": ["This site's server did not sign the request.", "Reload the page and try again; if that does not help, the server's log says why."],
  "url-expired": ["The upload link expired.", "Check this computer's clock and the server's, then try again."],
  "http-status": ["The storage provider refused the request.", "Try again later; its answer is below."],
  "upload-gone": ["The storage provider has no unfinished upload of this file any more.", "Press the button again to upload it from the start."],
  "condition-unsupported": ["The storage provider cannot make sure that nothing is replaced.", "An instruction file needs that: store the wrapped key in the object's metadata."],
  "server-side-encryption-mismatch": ["The storage provider did not encrypt as it was asked to.", "The file may be stored all the same. Delete it, and choose another protection."],
  "unexpected-answer": ["Something else than the storage provider answered.", "A proxy or a login page may be in between; the details say more. Try again."],
  network: ["The storage provider could not be reached.", "Check the connection. If only this page fails, the bucket's CORS rule does not allow it."],
  "etag-hidden": ["The bucket hides the ETag from this page.", "Add ETag to ExposeHeaders of the bucket's CORS rule."],
  "length-hidden": ["The bucket hides the object's size from this page.", "Add Content-Length to ExposeHeaders of the bucket's CORS rule, and make sure that no proxy compresses the objects."],
  "upload-in-use": ["Another tab is uploading this file.", "Wait for it, or cancel it there."],
  "no-configuration": ["This site's server did not send its configuration.", "Is it running? Reload the page."],
  misuse: ["These settings cannot be combined.", "The details say which to change."],
  "unsupported-browser": ["This browser lacks something that encryption needs.", "Use a current browser over https or localhost, with WebAssembly allowed (Lockdown Mode turns it off)."],
  unreachable: ["Something went wrong inside Presealed.", "Please report it with the details below, and reload the page."],
};

/** S3's own codes say more than a status. */
const SERVICE_TEXTS = {
  AccessDenied: ["The storage provider denies access.", "Either the signing key lacks the permission, a header was sent that was not signed, or the bucket blocks this kind of encryption (AWS blocks SSE-C on new buckets)."],
  SignatureDoesNotMatch: ["The storage provider did not accept the signature.", "The server signs with other credentials, another region or other headers than were sent."],
  RequestTimeTooSkewed: ["The clocks of the server and the storage provider differ.", "Set the server's clock."],
  NoSuchKey: ["This object no longer exists.", "Refresh the list."],
  NoSuchBucket: ["The bucket does not exist.", "Create it, or start the server with another one."],
  PreconditionFailed: ["The object was replaced in the meantime.", "Try again."],
  NoSuchUpload: TEXTS["upload-gone"],
  EntityTooLarge: ["The file is larger than the storage provider accepts in one piece.", "Split the file and upload the pieces."],
  InvalidRequest: ["The storage provider needs other headers for this object.", "If it was stored with SSE-C, give its SSE-C key."],
  SlowDown: ["The storage provider asks to slow down.", "Wait a minute and try again."],
  NotImplemented: ["The storage provider does not support this kind of encryption.", "Choose another protection; client-side encryption works everywhere."],
};

const STATUS_TEXTS = {
  400: ["The storage provider did not accept the request.", "If the object was stored with SSE-C, give its SSE-C key."],
  403: ["The storage provider denies access.", "Check the key and the permissions; with SSE-C, this is also the answer to a wrong key."],
  404: ["This object no longer exists.", "Refresh the list."],
  412: SERVICE_TEXTS.PreconditionFailed,
};

/** What became of an upload that was not to replace anything. */
const GUARDED_TEXTS = {
  409: ["Another upload of that name is just ending.", "Nothing was replaced. Choose what becomes of the name, and press the button again."],
  412: ["An object of that name was stored in the meantime.", "Nothing was replaced. Choose what becomes of it, and press the button again."],
  501: ["The storage provider cannot promise not to replace an object.", "Nothing was stored. When you press the button again, it is asked for the name once more, and the file is sent without that promise."],
};

/** What a code means where an unfinished upload was to be resumed. */
const RESUMED_TEXTS = {
  "keyring-mismatch": ["The unfinished upload was begun with another kind of key.", "Nothing more was sent. Choose the protection it was begun with."],
  "unwrap-failed": ["This is not the key that the upload was begun with.", "Nothing more was sent. Give that one."],
  passphrase: ["This is not the passphrase that the upload was begun with.", "Nothing more was sent. Enter that one: “Show” helps."],
};

/** What the same code means for the key that was tried. */
const KEY_TEXTS = {
  passphrase: ["Wrong passphrase.", "Check for typing errors (“Show” helps) and try again."],
  key: ["Wrong key.", "This is not the key the file was encrypted with. Look for the key file with the fingerprint that the object names."],
  "sse-c": ["The storage provider refuses this SSE-C key.", "Check that it is the key the object was stored with."],
  rsa: ["Wrong private key.", "It does not belong to the public key the file was encrypted with."],
  kms: ["KMS could not unwrap this object's key.", "Check that this is the key it was encrypted with."],
};

/**
 * @param {{ keyKind?: "passphrase" | "key" | "rsa" | "kms" | "sse-c", upload?: boolean }} context
 * @returns {{ code, title, advice, detail }}
 */
export function explain(error, context = {}) {
  if (error instanceof FormError) return { code: "form", title: error.message, advice: "", detail: "" };
  if (error.name === "AbortError") return { code: "cancelled", title: "Cancelled.", advice: "Nothing was stored or saved.", detail: "" };
  const code = error.code ?? "unreachable";
  const [title, advice] = textOf(code, error, context);
  const detail = [error.message, error.cause].filter(Boolean).join(" — ");
  return { code, title, advice: isDeadEnd(error) ? `${advice} ${START_AGAIN}` : advice, detail };
}

/** With these, the same upload fails again however often it is resumed, until another key comes or it is discarded. */
const DEAD_ENDS = new Set(["keyring-mismatch", "unwrap-failed"]);
export const isDeadEnd = ({ resumed, code }) => Boolean(resumed) && DEAD_ENDS.has(code);
const START_AGAIN = "To start again, press Discard under “Unfinished uploads”.";

function textOf(code, error, { keyKind, upload }) {
  const { resumed, guarded, status, serviceCode } = error;
  return (resumed && code === "unwrap-failed" && RESUMED_TEXTS[keyKind])
    || (resumed && RESUMED_TEXTS[code])
    || (guarded && ["http-status", "condition-unsupported"].includes(code) && GUARDED_TEXTS[status])
    || (code === "unwrap-failed" && KEY_TEXTS[keyKind])
    || (code === "http-status" && keyKind === "sse-c" && [400, 403].includes(status) && KEY_TEXTS["sse-c"])
    || (code === "http-status" && (SERVICE_TEXTS[serviceCode] ?? (upload && status === 404 ? undefined : STATUS_TEXTS[status])))
    || TEXTS[code] || TEXTS.unreachable;
}
