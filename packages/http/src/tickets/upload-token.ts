import { createHmac, timingSafeEqual } from 'node:crypto';
import { StorageError } from '@org/storage-core';

/** An upload in parts, as it was begun. */
export interface BegunUpload {
  readonly key: string;
  /** The store's. */
  readonly uploadId: string;
  /** Bytes. */
  readonly size: number;
  readonly partSize: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Keeps what is signed here apart from what the same secret may sign elsewhere. */
const CONTEXT = 'org.storage.upload-token.1';

/** Bytes, as many as SHA-256 has: https://www.rfc-editor.org/rfc/rfc2104#section-3 */
const MIN_SECRET_BYTES = 32;

/**
 * The ids under which clients know their uploads: what was begun, which is no secret, and an HMAC over it and the user. Nothing is
 * kept on the server.
 */
export class UploadTokens {
  readonly #secret: string;

  /**
   * @throws StorageError `InvalidArgument` if the secret is too short.
   */
  constructor(secret: string) {
    if (Buffer.byteLength(secret) < MIN_SECRET_BYTES)
      throw new StorageError(
        'InvalidArgument',
        `the secret has at least ${MIN_SECRET_BYTES} bytes`,
      );
    this.#secret = secret;
  }

  sign({ key, uploadId, size, partSize, expires }: BegunUpload, user: string): string {
    const content = [key, uploadId, size, partSize, expires];
    const payload = Buffer.from(JSON.stringify(content)).toString('base64url');
    return `${payload}.${this.#mac(payload, user).toString('base64url')}`;
  }

  /**
   * @throws StorageError `NotFound` for a token that was not signed for the user and the key, or has expired: one answer for all.
   */
  verify(token: string, user: string, key: string | null, now = Date.now()): BegunUpload {
    const [payload = '', mac = ''] = token.split('.');
    const given = Buffer.from(mac, 'base64url');
    const right = this.#mac(payload, user);
    if (given.byteLength === right.byteLength && timingSafeEqual(given, right)) {
      const content: [string, string, number, number, number] = JSON.parse(
        Buffer.from(payload, 'base64url').toString(),
      );
      const [signedKey, uploadId, size, partSize, expires] = content;
      if (signedKey === key && now < expires)
        return { key: signedKey, uploadId, size, partSize, expires };
    }
    throw new StorageError('NotFound', 'there is no such upload');
  }

  #mac(payload: string, user: string): Buffer {
    return createHmac('sha256', this.#secret)
      .update(JSON.stringify([CONTEXT, user, payload]))
      .digest();
  }
}
