import type { StorageErrorCode, StorageProvider } from '@org/storage-core';
import type { FaultOccasions } from '../fault-schedule.js';

/** Every operation of a provider that can fail, as errors and events name it. */
export type FaultyOperation =
  | Exclude<
      keyof StorageProvider,
      'name' | 'capabilities' | 'multipart' | 'versions' | 'tags' | symbol
    >
  | 'getTags'
  | 'setTags'
  | 'listVersions'
  | 'restoreVersion'
  | 'listUploads'
  | 'listParts'
  | 'completeUpload'
  | 'abortUpload'
  | 'sweepUploads';

/** The error that it goes wrong with. */
export interface Failure {
  readonly code: StorageErrorCode;
  /** Default: that the fault was asked for. */
  readonly message?: string;
  /** Default: what follows from the code. */
  readonly retryable?: boolean;
}

/** What goes wrong. Sizes and offsets are bytes. */
export type FaultEffect =
  /** The operation rejects, and nothing is done. */
  | ({ readonly type: 'error' } & Failure)
  /** The operation is done, and rejects: its answer was lost. Default code: `Timeout`. */
  | ({ readonly type: 'lost-answer' } & Partial<Failure>)
  /** Nothing happens for so many milliseconds, or until the signal fires; then the operation is done. */
  | { readonly type: 'delay'; readonly milliseconds: number }
  /** The body of a download fails after so many bytes. Default code: `Unavailable`. */
  | ({ readonly type: 'break-download'; readonly after: number } & Partial<Failure>)
  /** The byte at the offset of a download's body has all its bits flipped. */
  | { readonly type: 'corrupt-download'; readonly offset: number }
  /** The body of a download ends after so many bytes, as if that were all. */
  | { readonly type: 'truncate-download'; readonly length: number }
  /** An upload fails when so many bytes of its body were read. Default code: `Unavailable`. */
  | ({ readonly type: 'break-upload'; readonly after: number } & Partial<Failure>)
  /** A listing fails after so many entries. Default code: `Unavailable`. */
  | ({ readonly type: 'break-listing'; readonly after: number } & Partial<Failure>);

/** Which calls it goes wrong for: those for which all that is given holds. */
export interface FaultMatch extends FaultOccasions {
  readonly operation?: FaultyOperation | readonly FaultyOperation[];
  /** The whole key, or an expression to search it with; of a copy or move, its source. */
  readonly key?: string | RegExp;
}

export type Fault = FaultEffect & FaultMatch;

/** The operations that a fault of a type can strike; others pass it by. */
export const STRIKES: Readonly<Record<FaultEffect['type'], ReadonlySet<FaultyOperation> | 'all'>> =
  {
    error: 'all',
    'lost-answer': 'all',
    delay: 'all',
    'break-download': new Set(['download']),
    'corrupt-download': new Set(['download']),
    'truncate-download': new Set(['download']),
    'break-upload': new Set(['upload']),
    'break-listing': new Set(['list', 'listVersions', 'listUploads', 'listParts']),
  };
