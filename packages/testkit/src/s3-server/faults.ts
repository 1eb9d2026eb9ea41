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
  /** Writing fails when so much of the body, 0 by default, has been stored. */
  | { readonly type: 'disk-full'; readonly after?: number };

export type ConditionalWrite = 'put' | 'complete' | 'delete' | 'copy';

/** Which requests it goes wrong for: those for which all that is given holds. */
export interface FaultMatch {
  readonly operation?: OperationName | readonly OperationName[];
  readonly method?: string;
  readonly bucket?: string;
  /** The whole key, or an expression to search it with. Upload forms and DeleteObjects have none, theirs being in the body. */
  readonly key?: string | RegExp;
  /** Strikes from the nth matching request on, counted from 1. Default 1. */
  readonly from?: number;
  /** Strikes so many times at most. Default: no limit. */
  readonly times?: number;
  /** Strikes with this probability. Default 1. */
  readonly probability?: number;
  /** Of the dice for `probability`; the same seed makes the same throws. Default 1. */
  readonly seed?: number;
}

export type Fault = FaultEffect & FaultMatch;

export interface FaultHandle {
  /** How often it struck. */
  readonly hits: number;
  remove(): void;
}

interface Subject {
  readonly operation: string;
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

/** The faults of a server, which may be added and removed while it runs. */
export class FaultControl {
  readonly #faults = new Set<ArmedFault>();

  add(fault: Fault): FaultHandle {
    const armed = new ArmedFault(fault);
    this.#faults.add(armed);
    return {
      get hits() {
        return armed.hits;
      },
      remove: () => {
        this.#faults.delete(armed);
      },
    };
  }

  clear(): void {
    this.#faults.clear();
  }

  /** The faults that strike this request. */
  strike(subject: Subject): FaultEffect[] {
    if (this.#faults.size === 0) return [];
    return [...this.#faults].filter((fault) => fault.strikes(subject)).map(({ fault }) => fault);
  }
}

class ArmedFault {
  readonly fault: Fault;
  hits = 0;
  #seen = 0;
  readonly #dice: () => number;

  constructor(fault: Fault) {
    this.fault = fault;
    this.#dice = seededDice(fault.seed ?? 1);
  }

  strikes(subject: Subject): boolean {
    const { from = 1, times = Number.POSITIVE_INFINITY, probability = 1 } = this.fault;
    if (!matches(this.fault, subject)) return false;
    this.#seen += 1;
    if (this.#seen < from || this.hits >= times || this.#dice() >= probability) return false;
    this.hits += 1;
    return true;
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

/** Numbers in [0, 1), by the generator mulberry32. */
function seededDice(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
