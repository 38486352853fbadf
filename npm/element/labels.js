// What the element says. Each text is replaceable: a text, one for each plural category of the language, or a function.

export const LABELS = {
  choose: "Choose a file",
  chooseMany: "Choose files",
  chooseAnother: "Choose another file",
  chooseMore: "Choose more files",
  drop: "or drop it here",
  dropMany: "or drop them here",
  required: "Required",
  privacy: "Encrypted on this device before it is sent.",
  upload: { one: "Upload {count} file", other: "Upload {count} files" },

  waiting: "Waiting",
  starting: "Starting",
  encrypting: "Encrypting, {percent}",
  uploading: "Uploading, {percent}",
  finishing: "Finishing",
  paused: "Paused",
  pausedAt: "Paused at {percent}",
  done: "Encrypted and uploaded",
  missing: "Not finished. Choose the same file again to go on.",
  progressOf: "Progress of {name}",

  pause: "Pause", resume: "Resume", retry: "Try again", cancel: "Cancel", remove: "Remove",
  actionOn: "{action}: {name}",

  failed: "The upload failed.",
  failedNetwork: "The connection failed.",
  failedRefused: "The server refused this upload.",
  failedInUse: "Another tab is uploading this file.",
  failedRead: "The file cannot be read, or has changed. Remove it and choose it again.",
  unavailable: "Files cannot be encrypted in this browser now, so none can be sent.",
  notAccepted: "{name} is not of a kind that is accepted here.",
  onlyOne: "Only one file is accepted here.",

  nowUploading: { one: "Uploading {count} file.", other: "Uploading {count} files." },
  nowPaused: "Paused.",
  nowDone: { one: "{count} file is uploaded, encrypted.", other: "{count} files are uploaded, encrypted." },
  nowFailed: "{name}: {message}",
  nowRemoved: "{name} is removed.",

  valueMissing: "Choose a file.",
  notUploaded: { one: "{count} file is not uploaded yet.", other: "{count} files are not uploaded yet." },
  stillUploading: { one: "Still uploading {count} file. Wait until it is done.", other: "Still uploading {count} files. Wait until they are done." },
  notFinished: { one: "{count} file was not uploaded. Try again, or remove it.", other: "{count} files were not uploaded. Try again, or remove them." },
};

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

/** The texts of a language, with the numbers as it writes them. */
export function speaker(labels, language) {
  const known = { ...LABELS, ...labels };
  const number = (options) => {
    try {
      return new Intl.NumberFormat(language, options);
    } catch {
      // A page may have a language that is none.
      return new Intl.NumberFormat("en", options);
    }
  };
  const category = (count) => {
    try {
      return new Intl.PluralRules(language).select(count);
    } catch {
      return count === 1 ? "one" : "other";
    }
  };
  const say = (name, values = {}) => {
    const label = known[name];
    if (typeof label === "function") return String(label(values));
    const text = typeof label === "string" ? label : label[category(values.count)] ?? label.other;
    return text.replace(/\{(\w+)\}/g, (whole, of) => (of === "count" ? number().format(values.count) : values[of] ?? whole));
  };
  return Object.assign(say, {
    percent: (share) => number({ style: "percent", maximumFractionDigits: 0 }).format(Math.floor(share * 100) / 100),
    size(bytes) {
      const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
      return number({ style: "unit", unit: UNITS[step], unitDisplay: step ? "short" : "long", maximumFractionDigits: step > 1 ? 1 : 0 }).format(bytes / 1000 ** step);
    },
  });
}
