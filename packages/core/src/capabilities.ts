import { StorageError } from './error.js';

/**
 * How a provider does something: the store does it itself, atomically (`native`); it is atomic among all that use this provider, in
 * any process, since they heed the same locks, which a crash frees, and nothing else may change the files (`cooperative`); the
 * provider makes it up from other operations, with the limits that its documentation states (`emulated`); or it can't (`absent`),
 * and an option that asks for it is refused with `Unsupported`.
 */
export type Support = 'native' | 'cooperative' | 'emulated' | 'absent';

/** Whether of all that use a store through its provider exactly one can win. */
export function isAtomic(support: Support): boolean {
  return support === 'native' || support === 'cooperative';
}

/** What a provider can do. A probe of the actual store may know better than the declared values. */
export interface Capabilities {
  /** `upload` with the condition `absent`. Live migration requires it. */
  readonly conditionalCreate: Support;
  /** The same for files large enough to be sent in parts. */
  readonly conditionalCreateInParts: Support;
  /** `upload` with the condition `match`. */
  readonly conditionalUpdate: Support;
  /** `delete` with the condition `match`. */
  readonly conditionalDelete: Support;
  /** `copy` and `move` with the condition `absent` on the destination. */
  readonly conditionalCopyCreate: Support;
  /** The same with the condition `match`. */
  readonly conditionalCopyUpdate: Support;
  /** Content type, cache and disposition headers, and metadata are stored with the file. */
  readonly metadata: Support;
  /** `upload` with tags, and `tags` of the provider. */
  readonly tags: Support;
  /** Large uploads are made of parts, which can be left behind by a crash; see `multipart` of the provider. */
  readonly multipart: Support;
  /** `upload` with `uploadId`, or with `keepParts`. */
  readonly resumableUpload: Support;
  /** Overwritten and deleted files can be had back: `versions` of the provider, and `versionId` in options. */
  readonly versions: Support;
  /** `createDownloadUrl`. */
  readonly downloadUrls: Support;
  /** `createUploadTicket`. */
  readonly uploadTickets: Support;
  /** Copying without the bytes passing through this process. */
  readonly serverSideCopy: Support;
}

/** Names of {@link Capabilities}. */
export type Capability = keyof Capabilities;

const WHAT: Readonly<Record<Capability, string>> = {
  conditionalCreate: 'create a file only if there is none',
  conditionalCreateInParts: 'create a file in parts only if there is none',
  conditionalUpdate: 'replace a file only if it is a certain version',
  conditionalDelete: 'delete a file only if it is a certain version',
  conditionalCopyCreate: 'copy only where there is no file',
  conditionalCopyUpdate: 'copy over a file only if it is a certain version',
  metadata: 'store metadata with a file',
  tags: 'store tags with a file',
  multipart: 'store a file in parts',
  resumableUpload: 'continue an upload that failed (uploadId, keepParts)',
  versions: 'keep or find older versions of a file (versionId)',
  downloadUrls: 'sign URLs for downloads',
  uploadTickets: 'give out tickets for uploads',
  serverSideCopy: 'copy a file within the store',
};

/**
 * Refuses what a store can't do, for options that were given (anything but `undefined` and `false`).
 * @throws StorageError `Unsupported`.
 */
export function refuseAbsent(
  capabilities: Capabilities,
  asked: Readonly<Partial<Record<Capability, unknown>>>,
): void {
  for (const [name, given] of Object.entries(asked)) {
    const capability = name as Capability; // as the type of `asked` has it
    if (given === undefined || given === false || capabilities[capability] !== 'absent') continue;
    throw new StorageError('Unsupported', `this store can’t ${WHAT[capability]}`);
  }
}
