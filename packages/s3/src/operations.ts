import { setMaxListeners } from 'node:events';
import {
  asStorageError,
  type Body,
  type Condition,
  isStorageError,
  type OperationOptions,
  runListing,
  runOperation,
  StorageError,
} from '@org/storage-core';
import type { S3Encryption } from './encryption.js';
import { type S3Context, s3Error } from './s3-error.js';

/** What is known of an operation before it runs. */
export interface OperationAbout extends OperationOptions {
  readonly condition?: Condition | undefined;
  readonly body?: Body | undefined;
  readonly versionId?: string | undefined;
}

/** What the errors of all operations tell. */
interface Place {
  /** Name of the provider. */
  readonly provider: string;
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly encryption: S3Encryption['type'] | undefined;
}

/** Runs the operations of a provider, so that S3's errors leave them translated, and none begins once it is closed. */
export class Operations {
  readonly #place: Place;
  readonly #closing = new AbortController();

  constructor(place: Place) {
    this.#place = place;
    setMaxListeners(0, this.#closing.signal); // one for each body that is read
  }

  /** Fires when the provider is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** @returns whether it had been open. */
  close(): boolean {
    const open = !this.closing.aborted;
    this.#closing.abort();
    return open;
  }

  run<T>(
    operation: string,
    key: string | undefined,
    about: OperationAbout,
    run: () => Promise<T>,
  ): Promise<T> {
    const context = this.#context(operation, key, about);
    return runOperation(
      context,
      async () => {
        this.#checkOpen();
        return run();
      },
      (error) => s3Error(error, context),
    );
  }

  list<T>(
    operation: string,
    key: string | undefined,
    options: OperationOptions,
    run: () => AsyncIterable<T>,
  ): AsyncIterable<T> {
    const context = this.#context(operation, key, options);
    return runListing(
      context,
      () => {
        this.#checkOpen();
        return run();
      },
      (error) => s3Error(error, context),
    );
  }

  /** The error that an operation ends with, for what goes wrong beside its promise: in a body, or for one of many keys. */
  error(
    error: unknown,
    operation: string,
    key: string | undefined,
    about: OperationAbout,
  ): StorageError {
    const context = this.#context(operation, key, about);
    const cause = this.closing.aborted && !isStorageError(error) ? closed() : error;
    return asStorageError(cause, context, () => s3Error(error, context));
  }

  #context(operation: string, key: string | undefined, about: OperationAbout): S3Context {
    const { provider, bucket, endpoint, encryption } = this.#place;
    const { signal, body, condition, versionId } = about;
    // Written out, since each operation comes by: to spread the place takes longer than the rest of it.
    return {
      provider,
      bucket,
      endpoint,
      encryption,
      operation,
      key,
      signal,
      body,
      condition,
      versionId,
    };
  }

  #checkOpen(): void {
    if (this.closing.aborted) throw closed();
  }
}

/** What becomes of all that is asked of a provider that is closed. */
export function closed(): StorageError {
  return new StorageError('Unavailable', 'the provider is closed', { retryable: false });
}
