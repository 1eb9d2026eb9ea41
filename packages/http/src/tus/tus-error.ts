import { isStorageError, type StorageError, type StorageErrorCode } from '@org/storage-core';
import { errorResponse } from '../answer/error-response.js';

/** An error as the server of `@tus/server` answers it. */
export class TusError extends Error {
  override readonly name = 'TusError';

  constructor(
    readonly status_code: number,
    readonly body: string,
    cause?: unknown,
  ) {
    super(body.trim(), { cause });
  }
}

/** Where tus has a status of its own: https://tus.io/protocols/resumable-upload#checksum */
const STATUS: Readonly<Partial<Record<StorageErrorCode, number>>> = {
  AlreadyExists: 409,
  ChecksumMismatch: 460,
};

/** What is run, with its errors as answers that tell a code and nothing of the storage. */
export async function answered<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const status = STATUS[error.code] ?? errorResponse(error).status;
    throw new TusError(status, `${error.code}\n`, error);
  }
}

/** What runs functions of the application: of an error of theirs, the client gets to see nothing. */
export async function withheld(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof TusError || isStorageError(error)) throw error;
    throw new TusError(500, 'Unknown\n', error);
  }
}

/** An upload that will never be taken: it is removed. */
export class RefusedUpload extends TusError {}

export function notTaken(contentType: string): RefusedUpload {
  return new RefusedUpload(415, `files of type ${contentType} are not taken\n`);
}

export function refused(error: StorageError): RefusedUpload {
  return new RefusedUpload(errorResponse(error).status, `${error.code}\n`, error);
}
