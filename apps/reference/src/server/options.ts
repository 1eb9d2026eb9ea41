import type { StorageProvider } from '@org/storage-core';
import type { SlowestClient } from '@org/storage-http';
import type { Mode } from '@org/storage-hybrid';
import type { FastifyBaseLogger } from 'fastify';
import type { Dialect } from 'kysely';
import type { ScryptCost } from './accounts/password.js';
import type { MigrationService } from './migration/service.js';

/** The two stores of a hybrid storage. */
interface Sides {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** What rows name them. Default {@link THERE}. */
  readonly names?: SideNames | undefined;
}

export interface SideNames {
  readonly source: 'local' | 's3';
  readonly target: 'local' | 's3';
}

/** From a directory to a bucket. */
export const THERE: SideNames = { source: 'local', target: 's3' };

/** What ends connections of clients that do nothing, or next to nothing. */
export interface ConnectionLimits {
  /** Milliseconds in which the head of a request has to have come in. Default 60,000. */
  readonly head?: number | undefined;
  /** Milliseconds that a connection may wait for its next request. Default 72,000. */
  readonly idle?: number | undefined;
  /** Milliseconds between two looks for heads that are late. Default 30,000. */
  readonly lookEvery?: number | undefined;
  /** Who sends or takes fewer bytes is cut off. Default: 16 KiB in two minutes of waiting. */
  readonly slowest?: SlowestClient | undefined;
}

/** What the application is made of. */
export interface AppOptions {
  /** `sqlite:/path/of/app.sqlite`, `postgres://user@host/database`, or a dialect of Kysely for one of the two. */
  readonly database: string | Dialect;
  /** Where all files go and come from. Left open. */
  readonly storage: StorageProvider;
  /** Of a hybrid storage: for uploads by browsers to the target, and for the check of the table. Left open. */
  readonly sides?: Sides | undefined;
  /** Of a hybrid storage. */
  readonly mode?: (() => Mode) | undefined;
  /** What rows name where there are no sides. Default `local`. */
  readonly provider?: 'local' | 's3' | undefined;
  /** What rows name as the bucket of files on S3. */
  readonly bucket?: string | undefined;
  readonly migration?: MigrationService | undefined;
  /** Signs what leaves the application; at least 32 bytes, from a source of randomness. */
  readonly secret: string;
  /** Where browsers reach the application. A function where that is known only when it listens. */
  readonly publicUrl: string | (() => string);
  readonly uploads: {
    /** Of one file. */
    readonly maxBytes: number;
    /** Content types, such as `image/*` or `application/pdf`; none for all. */
    readonly types: readonly string[];
  };
  /** Requests of one address in a minute. Default 10 logins and registrations, 120 uploads. */
  readonly rates?: { readonly logins?: number; readonly uploads?: number } | undefined;
  /** How long connections may be held; see {@link ConnectionLimits}. */
  readonly connections?: ConnectionLimits | undefined;
  /** The directory of the pages, as `buildWeb` made it. */
  readonly webRoot?: string | undefined;
  /** Origins of the bucket's signed URLs, such as `https://files.s3.eu-central-1.amazonaws.com`, for the pages' policy. */
  readonly bucketOrigins?: readonly string[] | undefined;
  /** With it as a bearer token, `/metrics` can be had without a session. */
  readonly metricsToken?: string | undefined;
  /** Proxies whose `X-Forwarded-For` is believed, by their addresses, with commas between. Default: none. */
  readonly trustProxy?: string | undefined;
  /** Whether jobs run by their schedules in this process. Default `true`; they can be run by hand in any case. */
  readonly schedules?: boolean | undefined;
  /** A logger, or the level of one that writes JSON to the standard output. Default: none. */
  readonly logger?: FastifyBaseLogger | { readonly level: string } | undefined;
  readonly clock?: (() => Date) | undefined;
  /** Default: see `DEFAULT_COST`. */
  readonly passwordCost?: ScryptCost | undefined;
}
