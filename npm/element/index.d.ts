import type { Checkpoints, Keyring, Presign, PutObjectOptions, UploadCheckpoint } from "../presealed.js";

/**
 * A text of the element. Words in braces are replaced: `{count}`, `{name}`, `{percent}`, `{message}`, `{action}`. Where it counts, one text for
 * each plural category of the language (`Intl.PluralRules`). A function gets the values and gives the text.
 */
export type Label = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>) | ((values: Record<string, string | number>) => string);

/** The names of the texts. */
export type LabelName =
  | "choose" | "chooseMany" | "chooseAnother" | "chooseMore" | "drop" | "dropMany" | "required" | "privacy" | "upload"
  // how far a file is
  | "waiting" | "starting" | "encrypting" | "uploading" | "finishing" | "paused" | "pausedAt" | "done" | "missing" | "progressOf"
  // what can be done
  | "pause" | "resume" | "retry" | "cancel" | "remove" | "actionOn"
  // what went wrong
  | "failed" | "failedNetwork" | "failedRefused" | "failedInUse" | "failedRead" | "unavailable" | "notAccepted" | "onlyOne"
  // what is read out
  | "nowUploading" | "nowPaused" | "nowDone" | "nowFailed" | "nowRemoved"
  // why the form is not sent
  | "valueMissing" | "notUploaded" | "stillUploading" | "notFinished";

/** A store of checkpoints that also gives all that it has, as `indexedDbCheckpoints()` does. */
export interface ListedCheckpoints extends Checkpoints {
  /** Every upload that is not done. */
  list?(): UploadCheckpoint[] | Promise<UploadCheckpoint[]>;
}

/** Where a file is stored. */
export interface StoredFile { key: string; versionId?: string; eTag?: string }

/** What the element gives `putObject` of its own is not among them. */
export type UploadOptions = Partial<Omit<Extract<PutObjectOptions, { keyring: Keyring }>, "key" | "keyring" | "presign" | "signal" | "onProgress" | "checkpoints" | "onCheckpoint" | "resume">>;

/** Encrypted bytes, as `onProgress` of `putObject` tells them. */
export interface PresealedProgressDetail { file: File; key: string; phase: "encrypt" | "upload" | "download"; bytesDone: number; bytesTotal: number }
export interface PresealedDoneDetail extends StoredFile { file: File }
/** Without a file if the element cannot encrypt at all. */
export interface PresealedErrorDetail { file?: File; key?: string; error: unknown }

/**
 * `<presealed-upload>`: a form control that encrypts the files that a person chooses, and uploads them. The form gets the keys of the stored
 * objects under the element's `name`, never the bytes, and is not sent while an upload is under way or has failed.
 */
export declare class PresealedUpload extends HTMLElement {
  static readonly formAssociated: true;
  /** The attributes. */
  name: string;
  required: boolean;
  disabled: boolean;
  accept: string;
  multiple: boolean;
  /** `false`: nothing is sent before `upload()`, or the button for it. */
  autostart: boolean;
  keyPrefix: string;
  publicKey: string;
  kms: string;
  kmsKeyId: string;
  bucket: string;
  /** `"json"`: each entry of the form is `{ key, versionId, eTag, name, size, type }`. Default: the key. */
  valueFormat: string;

  /** Who signs, in place of the attribute's endpoint; a text sets the attribute. */
  get presign(): Presign | undefined;
  /** A text sets the attribute. */
  set presign(presign: Presign | string | null | undefined);
  /** What encrypts, in place of `public-key` and `kms`. */
  get keyring(): Keyring | undefined;
  /** It holds for uploads that begin from then on. */
  set keyring(keyring: Keyring | null | undefined);
  /**
   * Where unfinished uploads are kept. Default: `indexedDbCheckpoints()`; `null`: nowhere. With `list`, a file that is chosen again goes on
   * where a page that was closed has left it. With `public-key` there are none: who cannot open what was begun cannot go on with it.
   */
  get checkpoints(): ListedCheckpoints | null | undefined;
  /** It holds for uploads that begin from then on. */
  set checkpoints(checkpoints: ListedCheckpoints | null | undefined);
  /** More of `putObject`'s options. */
  options: UploadOptions | ((file: File, key: string) => UploadOptions);
  /** The key of a file's object. Default: `key-prefix` and a random name. */
  keyFor: ((file: File) => string | Promise<string>) | undefined;
  /** Texts in place of the element's own. */
  get labels(): Partial<Record<LabelName, Label>>;
  /** Those that are not given stay English. */
  set labels(labels: Partial<Record<LabelName, Label>>);

  /** The files, those excepted that were stored before a reload. Setting them replaces them. */
  get files(): File[];
  /** Takes the place of all that is there. */
  set files(files: Iterable<File>);
  /** What is stored, in the order of the files. */
  readonly stored: StoredFile[];
  /** The key of the first object that is stored, or nothing. */
  readonly value: string;

  /** Uploads what waits, one file after the other, until nothing waits. */
  upload(): Promise<void>;
  /** Sends nothing new; requests that are under way end. */
  pause(): void;
  /** Sends again. */
  resume(): void;
  /** Tries again what has failed. */
  retry(): Promise<void>;
  /** Takes out what is not stored yet; the store discards what it has of it. */
  cancel(): Promise<void>;

  readonly type: "presealed-upload";
  readonly form: HTMLFormElement | null;
  readonly validity: ValidityState;
  readonly validationMessage: string;
  readonly willValidate: boolean;
  /** As of every form control. */
  checkValidity(): boolean;
  /** As of every form control. */
  reportValidity(): boolean;
  /** As of every form control; it holds while the element itself has nothing to object to. */
  setCustomValidity(message: string): void;
}

declare global {
  interface HTMLElementTagNameMap { "presealed-upload": PresealedUpload }
  interface HTMLElementEventMap {
    "presealed-progress": CustomEvent<PresealedProgressDetail>;
    "presealed-done": CustomEvent<PresealedDoneDetail>;
    "presealed-error": CustomEvent<PresealedErrorDetail>;
  }
}
