import { pipeline, Transform } from 'node:stream';
import { type Body, streamOf } from './body.js';
import { StorageError } from './error.js';
import type { Key } from './key.js';
import type { FileMetadata } from './metadata.js';
import type { DownloadOptions, UploadOptions } from './provider.js';
import type { DownloadUrlOptions, PostTicketOptions, PutTicketOptions } from './ticket.js';

interface Granted {
  readonly key: Key;
  readonly expiresAt: Date;
}

type Signing = 'type' | 'expiresIn' | 'signal';

/** What the holder of a URL may download, as `createDownloadUrl` was asked. */
export interface DownloadGrant extends Granted, Omit<DownloadUrlOptions, Signing> {
  readonly type: 'download';
}

/** What the holder of a ticket may upload by a PUT, as `createUploadTicket` was asked. */
export interface PutGrant extends Granted, Omit<PutTicketOptions, Signing | 'contentType'> {
  readonly type: 'put';
  readonly contentType: string;
}

/** What the holder of a ticket may upload by a form, as `createUploadTicket` was asked. */
export interface PostGrant
  extends Granted,
    Omit<PostTicketOptions, Signing | 'contentType' | 'size'> {
  readonly type: 'post';
  readonly contentType: string;
  /** Bytes, both included. */
  readonly size: { readonly min: number; readonly max: number };
}

export type UrlGrant = DownloadGrant | PutGrant | PostGrant;

/** What a client has sent to a URL that was granted. */
export interface GrantedRequest {
  /** The content: of a PUT the body, of a form the last field, `file`. */
  readonly body: Body;
  /** The header of a PUT. In a form it is of no account: the grant says what the file will be. */
  readonly contentType?: string | undefined;
  /** The header of a PUT, in bytes, where there is one. */
  readonly contentLength?: number | undefined;
}

/**
 * What to hand to `upload`, so that nothing but what was granted is stored: content type, length, range of sizes, checksums,
 * condition and all that is stored with the file.
 *
 *     const { body, options } = grantedUpload(grant, { body: request, contentType, contentLength });
 *     await provider.upload(grant.key, body, options);
 *
 * The body it gives fails with `TooLarge` as soon as there is more of it than allowed, and with `InvalidArgument` if it ends
 * with less.
 * @throws StorageError `AccessDenied` for another content type, `ChecksumMismatch` for another length.
 */
export function grantedUpload(
  grant: PutGrant | PostGrant,
  request: GrantedRequest,
): { readonly body: Body; readonly options: UploadOptions } {
  const { contentType, cacheControl, contentDisposition, metadata, tags, checksums } = grant;
  const options: UploadOptions = {
    contentType,
    ...given({ cacheControl, contentDisposition, metadata, tags, checksums }),
  };
  if (grant.type === 'post') return { body: sizedBody(request.body, grant.size), options };
  if (request.contentType !== contentType) {
    throw new StorageError('AccessDenied', `the ticket is for content of type ${contentType}`);
  }
  const { contentLength = request.contentLength, condition } = grant;
  if (request.contentLength !== undefined && request.contentLength !== contentLength) {
    throw new StorageError(
      'ChecksumMismatch',
      `the ticket is for ${contentLength} bytes, not ${request.contentLength}`,
    );
  }
  return { body: request.body, options: { ...options, ...given({ contentLength, condition }) } };
}

/** What to hand to `download`, beside what the request itself asks for, such as a range. */
export function grantedDownload({ versionId }: DownloadGrant): DownloadOptions {
  return given({ versionId });
}

/** The file as the answer should describe it: with the headers that the URL has in place of the stored ones. */
export function grantedMetadata(grant: DownloadGrant, file: FileMetadata): FileMetadata {
  const { contentType, cacheControl, contentDisposition } = grant;
  return { ...file, ...given({ contentType, cacheControl, contentDisposition }) };
}

/** Without the names that have no value. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function sizedBody(body: Body, { min, max }: PostGrant['size']): Body {
  const allowed = `the ticket is for ${min} to ${max} bytes`;
  let size = 0;
  const check = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      size += chunk.byteLength;
      if (size > max) done(new StorageError('TooLarge', allowed));
      else done(null, chunk);
    },
    flush(done) {
      done(size < min ? new StorageError('InvalidArgument', `${allowed}, not ${size}`) : undefined);
    },
  });
  return pipeline(streamOf(body), check, () => {});
}
