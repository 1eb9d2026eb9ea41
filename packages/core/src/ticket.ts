import type { Checksums } from './checksum.js';
import type { AbsentCondition, OperationOptions } from './operation-options.js';

/** Seconds that a signed URL or a ticket is good for, unless told otherwise: a quarter of an hour. */
export const DEFAULT_EXPIRY = 900;

/** Seconds, seven days: the limit of SigV4, https://docs.aws.amazon.com/AmazonS3/latest/userguide/PresignedUrlUploadObject.html */
export const MAX_EXPIRY = 604_800;

interface ExpiringOptions extends OperationOptions {
  /** Seconds, 1 to 604,800. Default 900. Credentials that expire earlier end it earlier. */
  readonly expiresIn?: number | undefined;
}

export interface DownloadUrlOptions extends ExpiringOptions {
  /** Default: the current version. */
  readonly versionId?: string | undefined;
  /** Headers of the answer, in place of those that are stored with the file. */
  readonly contentType?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
}

/** A URL that carries its permission: whoever has it, may. It is a secret until it expires. */
export interface SignedUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

/** What the uploaded file will be. */
interface TicketContent extends ExpiringOptions {
  /** Default: what the key's extension stands for. */
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** One request with the content as its body. */
export interface PutTicketOptions extends TicketContent {
  /** Default. */
  readonly type?: 'put' | undefined;
  /** Bytes, exactly. Without it, the length of the body is not bound. */
  readonly contentLength?: number | undefined;
  /** What the content must be. A store that takes one checksum with a request is given the strongest. */
  readonly checksums?: Checksums | undefined;
  /** The upload only creates, and never replaces. */
  readonly condition?: AbsentCondition | undefined;
}

/** A form that a page sends by itself; the only kind that binds a range of sizes. */
export interface PostTicketOptions extends TicketContent {
  readonly type: 'post';
  /** Bytes, both included. */
  readonly size: { readonly min?: number | undefined; readonly max: number };
  /** As of a {@link PutTicketOptions}. */
  readonly checksums?: Checksums | undefined;
}

/** Several requests, in parallel and again after a failure; then `provider.multipart.complete`. */
export interface MultipartTicketOptions extends TicketContent {
  readonly type: 'multipart';
  /** Bytes. */
  readonly contentLength: number;
  /** Bytes of each part but the last; more where the store would not take so many parts. Default: the provider's. */
  readonly partSize?: number | undefined;
  /**
   * What each part must be, in the order of the parts, all of the same algorithms; with `partSize`, since it settles where the
   * parts begin. A store that takes one checksum with a request is given the strongest. Without them, only the lengths of the
   * parts are bound.
   */
  readonly partChecksums?: readonly Checksums[] | undefined;
  /**
   * Further URLs for an upload that was begun before, such as after the first ones have expired; with the `contentLength`,
   * `partSize` and `partChecksums` that it was begun with. What the file will be was settled then: it is not changed by the other options.
   */
  readonly uploadId?: string | undefined;
  /** The parts for which URLs are wanted, from 1 on: signing thousands takes seconds. Default: all. */
  readonly partNumbers?: readonly number[] | undefined;
}

export type UploadTicketOptions = PutTicketOptions | PostTicketOptions | MultipartTicketOptions;

/**
 * Send a PUT to `url` with all of `headers`, and the content as body. The names are in lower case; a browser sets
 * `content-length` by itself, and takes no other.
 */
export interface PutTicket extends SignedUrl {
  readonly type: 'put';
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Send a POST to `url` as `multipart/form-data`: all of `fields`, then the content as the last field, `file`. It is answered
 * with status 204.
 */
export interface PostTicket extends SignedUrl {
  readonly type: 'post';
  readonly fields: Readonly<Record<string, string>>;
}

export interface TicketPart {
  /** From 1 on. */
  readonly number: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the part begins in the content, in bytes. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * Send a PUT of each part to its URL and keep the ETag of its answer (which a page on another origin can read only where the
 * store's CORS rules expose it); then have `multipart.complete` called with all of
 * them, which is not for the client to do: it is where the application says yes.
 */
export interface MultipartTicket {
  readonly type: 'multipart';
  readonly uploadId: string;
  /** Bytes. */
  readonly partSize: number;
  readonly parts: readonly TicketPart[];
  readonly expiresAt: Date;
}

export type UploadTicket = PutTicket | PostTicket | MultipartTicket;
