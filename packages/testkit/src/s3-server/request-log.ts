import type { OperationName } from './router.js';

/** One request as the server saw it. */
export interface LoggedRequest {
  /** `Unknown` where the request could not be understood. */
  readonly operation: OperationName | 'Unknown';
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** HTTP status of the answer; 0 where none was sent. */
  readonly status: number;
  /** S3's error code. */
  readonly code: string | undefined;
  /** What was thrown where the server itself failed, which the client sees as InternalError. */
  readonly failure: unknown;
}

const KEPT = 1000;

/** What was asked of the server since the start or the last reset. */
export class RequestLog {
  readonly #counts = new Map<string, number>();
  #last: LoggedRequest[] = [];
  #total = 0;

  /** Requests of the operation, or all of them. */
  count(operation?: OperationName | 'Unknown'): number {
    return operation === undefined ? this.#total : (this.#counts.get(operation) ?? 0);
  }

  /** Counts by operation. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** The last requests, at most 1,000, oldest first. */
  last(maximum = KEPT): readonly LoggedRequest[] {
    return this.#last.slice(-maximum);
  }

  reset(): void {
    this.#counts.clear();
    this.#last = [];
    this.#total = 0;
  }

  add(request: LoggedRequest): void {
    this.#total += 1;
    this.#counts.set(request.operation, (this.#counts.get(request.operation) ?? 0) + 1);
    this.#last.push(request);
    if (this.#last.length > KEPT * 2) this.#last = this.#last.slice(-KEPT);
  }
}
