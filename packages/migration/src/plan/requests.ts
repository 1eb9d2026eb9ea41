/** S3's limit, https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;
const MIB = 1024 ** 2;

/** From this size on, a copy asks the target first: as `largeFrom` of `migrate`. Bytes. */
const ASKED_FROM = 5 * MIB;

/** Requests that S3 bills by two prices. */
export interface Requests {
  /** PUT, COPY, POST, LIST; also what begins, fills and completes an upload in parts. */
  readonly put: number;
  /** GET, HEAD and all others; a DELETE is free. */
  readonly get: number;
}

/** What copying a file of `size` bytes takes, if nothing fails. @param partSize bytes above which it is sent in parts. */
export function copyRequests(size: number, partSize: number): Requests {
  const get = size >= ASKED_FROM ? 1 : 0;
  if (size <= partSize) return { put: 1, get };
  const fitted = Math.max(partSize, Math.ceil(Math.ceil(size / MAX_PARTS) / MIB) * MIB);
  return { put: Math.ceil(size / fitted) + 2, get: get + 1 }; // it is begun, completed, and looked at
}
