import type { S3Client, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { StorageError } from '@org/storage-core';

/** From when until when a signature is good. */
export interface SigningWindow {
  readonly signedAt: Date;
  /** Seconds. */
  readonly expiresIn: number;
  readonly expiresAt: Date;
}

/**
 * Whole seconds from now, by the server's clock as far as it is known. Temporary credentials end it early: S3 takes nothing
 * that they have signed once they have expired.
 * @throws StorageError `AccessDenied` if they have expired already.
 */
export async function signingWindow(client: S3Client, expiresIn: number): Promise<SigningWindow> {
  const { expiration } = await client.config.credentials();
  const start = Math.floor((Date.now() + client.config.systemClockOffset) / 1000);
  const last =
    expiration === undefined ? Number.POSITIVE_INFINITY : Math.floor(expiration.getTime() / 1000);
  const end = Math.min(start + expiresIn, last);
  if (end <= start) {
    throw new StorageError('AccessDenied', 'the temporary credentials have expired; get new ones');
  }
  return {
    signedAt: new Date(start * 1000),
    expiresIn: end - start,
    expiresAt: new Date(end * 1000),
  };
}

/**
 * The SHA-256 of the body in hexadecimal, as part of the signature: every server refuses another body, whatever else it knows
 * of checksums. Without it, the body is not covered by a presigned URL.
 */
export const PAYLOAD_HASH = 'x-amz-content-sha256';

type Signable<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Parameters<
  typeof getSignedUrl<ServiceInputTypes, Input, Output>
>[1];

/**
 * A URL for the command's request with exactly these headers, each of them signed, and none of the SDK's own: left to
 * itself, it signs the checksum of the body that the command does not have, and does not sign `cache-control` and
 * `content-type`.
 * @param headers with lower-case names.
 */
export function presign<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  client: S3Client,
  command: Signable<Input, Output>,
  headers: Readonly<Record<string, string>>,
  { signedAt, expiresIn }: SigningWindow,
): Promise<string> {
  command.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (typeof request === 'object' && request !== null)
        Object.assign(request, { headers: { ...headers } });
      return next(args);
    },
    { name: 'exactHeaders', step: 'build', priority: 'low' }, // after all that add headers
  );
  const names = new Set(Object.keys(headers));
  return getSignedUrl(client, command, {
    expiresIn,
    signingDate: signedAt,
    signableHeaders: names,
    unhoistableHeaders: names,
  });
}
