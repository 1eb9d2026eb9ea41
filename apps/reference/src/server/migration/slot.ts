import { isStorageError, StorageError } from '@org/storage-core';
import type { WorkKind } from './state.js';

/** Something that this process is at. */
export interface Work {
  readonly kind: WorkKind;
  readonly since: Date;
  /** What it waits for, or failed with and tries again. */
  note: string | undefined;
  /** Nothing is under way for now: it waits for another try. */
  waiting: boolean;
  /** When it fires, what is in flight is finished, and nothing else is begun. */
  readonly stop: AbortSignal;
}

/** One thing at a time. */
export class Slot {
  #work: (Work & { readonly abort: () => void; readonly done: Promise<void> }) | undefined;

  get work(): Work | undefined {
    return this.#work;
  }

  /**
   * @param run Its end is not waited for.
   * @param ended Told how it ended.
   * @throws StorageError `Conflict` if something is at work.
   */
  begin(
    kind: WorkKind,
    run: (work: Work) => Promise<void>,
    ended: (error: StorageError | undefined) => void,
  ): void {
    if (this.#work !== undefined)
      throw new StorageError('Conflict', 'this process is at work already', { retryable: true });
    const abort = new AbortController();
    const work = {
      ...{ kind, since: new Date(), note: undefined, waiting: false, stop: abort.signal },
      abort: () => abort.abort(),
      done: Promise.resolve(),
    };
    this.#work = work;
    const done = run(work).then(
      () => undefined,
      (error: unknown) => asError(error),
    );
    work.done = done.then((error) => {
      this.#work = undefined;
      ended(error);
    });
  }

  /** Resolves when what is in flight has been finished. */
  async stop(): Promise<void> {
    const work = this.#work;
    work?.abort();
    await work?.done;
  }
}

function asError(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StorageError('Unknown', message, { cause: error });
}
