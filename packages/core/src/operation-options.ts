import type { ETag } from './etag.js';

/** Only if there is no such file. */
export interface AbsentCondition {
  readonly type: 'absent';
}

/** Only if the file is the version that the ETag names. */
export interface MatchCondition {
  readonly type: 'match';
  readonly etag: ETag;
}

export type Condition = AbsentCondition | MatchCondition;

export interface OperationOptions {
  /** Ends the operation with `Aborted`, or `Timeout` for `AbortSignal.timeout()`. */
  readonly signal?: AbortSignal | undefined;
}

/** One version of a file, in a store that keeps more than the current one. */
export interface VersionOptions extends OperationOptions {
  /** Default: the current one. A version that the store does not have is `NotFound`. */
  readonly versionId?: string | undefined;
}
