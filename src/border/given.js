// What callers hand in may look like what it is not, and is read while anybody's script may have added to the roots of prototypes.

/** A property that the object has, or inherits from anything but a root prototype. */
export function given(object, name) {
  for (let holder = object; ;) {
    if (Reflect.getOwnPropertyDescriptor(holder, name)) return object[name];
    holder = Object.getPrototypeOf(holder);
    if (holder === null || Object.getPrototypeOf(holder) === null) return undefined;
  }
}

// The platform's own getters, which only its own objects answer, of whichever realm.
const getter = (prototype, name) => Object.getOwnPropertyDescriptor(prototype ?? {}, name)?.get;
const branded = (of, name) => {
  const read = getter(of?.prototype, name);
  return (value) => {
    try {
      // In workerd, which has one realm, keys have properties of their own instead.
      if (of && !read) return value instanceof of;
      read.call(value);
      return true;
    } catch {
      return false;
    }
  };
};

export const isBlob = branded(globalThis.Blob, "size");
const [isDated, nameOf] = [branded(globalThis.File, "lastModified"), getter(globalThis.File?.prototype, "name")];
/** In Bun, whose Files are Blobs, every Blob has a date, and a name is what makes it a file. */
export const isFile = (value) => isDated(value) && typeof nameOf.call(value) === "string";
export const isCryptoKey = branded(globalThis.CryptoKey, "type");
export const isAbortSignal = branded(globalThis.AbortSignal, "aborted");
export const isResponse = branded(globalThis.Response, "status");
const isStream = branded(globalThis.WritableStream, "locked");
const isReadable = branded(globalThis.ReadableStream, "locked");
const isUnshared = branded(ArrayBuffer, "byteLength");

const views = Object.getPrototypeOf(Uint8Array.prototype);
const [kindOf, bufferOf, offsetOf, lengthOf] = [Symbol.toStringTag, "buffer", "byteOffset", "length"].map((name) => getter(views, name));

/** The bytes of a Uint8Array, where they are; undefined for anything else, and for memory that other threads may write to. */
export function bytesOf(value) {
  if (kindOf.call(value) !== "Uint8Array" || !isUnshared(bufferOf.call(value))) return undefined;
  try {
    return new Uint8Array(bufferOf.call(value), offsetOf.call(value), lengthOf.call(value));
  } catch {
    // A buffer that was transferred away has none.
    return new Uint8Array(0);
  }
}

/** A stream that nobody else reads, or what gives an asynchronous iterator. */
export function isUnread(value) {
  try {
    return isReadable(value) ? !value.locked : typeof value?.[Symbol.asyncIterator] === "function";
  } catch {
    return false;
  }
}

// The browser's own, and no class of the page's that took its name.
const FileStream = globalThis.FileSystemWritableFileStream;
const isNative = FileStream && Function.prototype.toString.call(FileStream).includes("[native code]");

/** Whether what is written to it shows only once it is closed: of other writable streams nobody knows. */
export const isFileStream = (value) => Boolean(isNative) && value instanceof FileStream && isStream(value);
