// Uploads in parts that are not done: the package's checkpoints, each with what this page shows and needs besides. Used by the page and by
// the worker.
import { indexedDbCheckpoints } from "../pkg/presealed.js";

// Earlier versions of this page kept theirs in "presealed", in another shape. The bucket's lifecycle rule is for what they left at the store.
indexedDB.deleteDatabase("presealed");

/**
 * Lists { ...UploadCheckpoint, title, clientSideOptions }: the protection's title, and what the upload was begun with.
 */
export const kept = indexedDbCheckpoints("presealed-page");

/** Checkpoints for an upload of which that is to be kept besides. */
export const keeping = (besides) => ({ ...kept, save: (checkpoint) => kept.save({ ...checkpoint, ...besides }) });

/** Every upload that is not done; none where the browser keeps nothing. */
export const keptUploads = () => kept.list().catch(() => []);

/** Whether this browser keeps anything: some do not in private windows, and then uploads go through without. */
export const canKeep = () => kept.list().then(() => true, () => false);

/** How much of it has been sealed, from 0 to 1. */
export const sealedFraction = ({ digests }) => digests.filter(Boolean).length / digests.length;
