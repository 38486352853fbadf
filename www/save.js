// Where a decrypted file goes: straight to the disk where the browser has a picker, else as a download.

export const canPickDestination = () => typeof window.showSaveFilePicker === "function";

/**
 * Must run shortly after a click. @returns {Promise<FileSystemFileHandle | null>} `null` if the person thought better of it.
 * Rejects with SecurityError if the click was too long ago.
 */
export async function pickDestination(suggestedName) {
  try {
    return await window.showSaveFilePicker({ suggestedName });
  } catch (error) {
    if (error.name === "AbortError") return null;
    throw error;
  }
}

export function downloadBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The download has taken its hold on the blob long before; keeping the URL would keep the plaintext.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The last part of a key, as a file name. */
export const fileNameOf = (key) => key.split("/").filter(Boolean).pop() ?? "download";
