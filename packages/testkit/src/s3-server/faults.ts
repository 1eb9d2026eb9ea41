import { type FaultOccasions, FaultSchedule } from '../fault-schedule.js';
import type { ChecksumAlgorithm } from './checksum.js';
import type { OperationName } from './router.js';

/** What goes wrong. Sizes and offsets are bytes. */
export type FaultEffect =
  /** Answered instead of doing anything; the status is S3's for the code unless given, else 500. */
  | {
      readonly type: 'error';
      readonly code: string;
      readonly status?: number;
      readonly message?: string;
    }
  /** Nothing happens for so many milliseconds; then the request is served. */
  | { readonly type: 'delay'; readonly milliseconds: number }
  /** The connection is cut before anything is done. */
  | { readonly type: 'reset' }
  /** The request takes effect, and the connection is cut instead of answering. */
  | { readonly type: 'lost-answer' }
  /** The connection is cut when so much of the request's body has come. */
  | { readonly type: 'reset-request'; readonly after: number }
  /** The connection is cut when so much of the answer's body has been sent. */
  | { readonly type: 'reset-response'; readonly after: number }
  /** The byte of the answer's body at the offset has all its bits flipped. */
  | { readonly type: 'corrupt'; readonly offset: number }
  /** The answer's body ends after so many bytes, as if that were all: Content-Length agrees. */
  | { readonly type: 'truncate'; readonly length: number }
  /** If-Match and If-None-Match are ignored; on all kinds of writes unless some are named. */
  | { readonly type: 'ignore-preconditions'; readonly writes?: readonly ConditionalWrite[] }
  /** Answers carry no x-amz-checksum-*. */
  | { readonly type: 'drop-checksums' }
  /** Checksums in the headers of an upload are not looked at; of all algorithms unless some are named. */
  | { readonly type: 'ignore-checksums'; readonly algorithms?: readonly ChecksumAlgorithm[] }
  /** Writing fails when so much of the body, 0 by default, has been stored. */
  | { readonly type: 'disk-full'; readonly after?: number };

export type ConditionalWrite = 'put' | 'complete' | 'delete' | 'copy';

/** Which requests it goes wrong for: those for which all that is given holds. */
export interface FaultMatch extends FaultOccasions {
  readonly operation?: OperationName | readonly OperationName[];
  readonly method?: string;
  readonly bucket?: string;
  /** The whole key, or an expression to search it with. Upload forms and DeleteObjects have none, theirs being in the body. */
  readonly key?: string | RegExp;
}

export type Fault = FaultEffect & FaultMatch;

interface Subject {
  readonly operation: string;
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

/** The faults of a server, which may be added and removed while it runs. */
export class FaultControl extends FaultSchedule<Fault, Subject> {
  constructor() {
    super(matches);
  }
}

function matches(fault: FaultMatch, subject: Subject): boolean {
  const { operation, method, bucket, key } = fault;
  const operations: readonly string[] | undefined =
    typeof operation === 'string' ? [operation] : operation;
  if (operations && !operations.includes(subject.operation)) return false;
  if (method !== undefined && method.toUpperCase() !== subject.method) return false;
  if (bucket !== undefined && bucket !== subject.bucket) return false;
  if (key === undefined) return true;
  if (typeof key === 'string') return key === subject.key;
  return subject.key !== undefined && subject.key.search(key) >= 0;
}
