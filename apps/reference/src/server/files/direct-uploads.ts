import {
  isStorageError,
  type StorageProvider,
  type UploadTicket,
  type UploadTicketOptions,
} from '@org/storage-core';
import type { UnfinishedFileRow } from '../database/schema.js';
import { type AppOptions, THERE } from '../options.js';
import { conflict } from '../security/app-error.js';

/** Bytes from which an upload is cut into parts, which can be sent again one by one. */
const IN_PARTS = 32 * 1024 * 1024;

/** Seconds that the URLs are good for; fresh ones can be had. */
const TICKET_EXPIRY = 3_600;

/**
 * Whether browsers may send files to the bucket themselves. From the mode `hybrid` on alone: before, a file that appears in the target
 * would take the say over its key from the source. Keys are fresh, so that nothing is ever replaced.
 */
export function isDirect({ sides, mode }: AppOptions): boolean {
  const current = mode?.();
  const { target } = sides?.names ?? THERE;
  return (
    (current === 'hybrid' || current === 'target') &&
    target === 's3' &&
    sides?.target.createUploadTicket !== undefined
  );
}

/** @throws AppError 409 where the mode does not allow it. */
export function directTarget(options: AppOptions): StorageProvider {
  const target = options.sides?.target;
  if (target === undefined || !isDirect(options)) throw notDirect();
  return target;
}

/** A ticket for one upload, or fresh URLs for one that was begun. */
export async function ticketFor(
  options: AppOptions,
  { key, size, content_type, upload_id }: UnfinishedFileRow,
): Promise<UploadTicket> {
  const target = directTarget(options);
  const createTicket = (of: string, ticket: UploadTicketOptions) => {
    if (target.createUploadTicket === undefined) throw notDirect();
    return target.createUploadTicket(of, ticket);
  };
  const contentLength = size ?? 0;
  const shared = {
    expiresIn: TICKET_EXPIRY,
    ...(content_type === null ? {} : { contentType: content_type }),
  };
  if (target.multipart !== undefined && contentLength > IN_PARTS)
    return createTicket(key, {
      ...shared,
      type: 'multipart',
      contentLength,
      ...(upload_id === null ? {} : { uploadId: upload_id }),
    });
  const put = { ...shared, contentLength };
  try {
    return await createTicket(key, { ...put, condition: { type: 'absent' } });
  } catch (error) {
    if (!isStorageError(error, 'Unsupported')) throw error;
    return createTicket(key, put); // the key is fresh: what could be replaced is this upload alone
  }
}

const notDirect = () => conflict('not_direct', 'Uploads go through the application at the moment.');
