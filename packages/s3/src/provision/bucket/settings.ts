import type { TransitionStorageClass } from '@aws-sdk/client-s3';
import type { ApplicationMode, FileRole, PolicyFeatures } from '../iam/role.js';

/**
 * How a bucket shall be: plain data. What is left out stays as the bucket has it, unless a default is named here. Nothing
 * else that the bucket has is taken away: rules, statements and tags of others stay beside these.
 */
export interface BucketSettings {
  /** Where the bucket is created, and has to be. Default: the client's on Amazon S3, the server's own elsewhere. */
  readonly region?: string | undefined;
  /** `suspended` is also what a bucket is whose versioning never was on. */
  readonly versioning?: 'enabled' | 'suspended' | undefined;
  /** Of what is written from now on without a wish of its own. */
  readonly encryption?: BucketEncryption | undefined;
  /**
   * Whether lists and policies may open the bucket to everybody; `true` is all four, `false` none of them. Default `true`;
   * with a `publicPrefix`, what a public policy needs is left open.
   */
  readonly blockPublicAccess?: boolean | PublicAccessBlock | undefined;
  /** Default `BucketOwnerEnforced`: there are no access control lists. */
  readonly ownership?: Ownership | undefined;
  /** Whether requests in clear are denied. Default `true`; never where the client itself sends in clear. */
  readonly tlsOnly?: boolean | undefined;
  /** Files below it are readable by everybody, without credentials; such as `public`. Default: none, also where there was one. */
  readonly publicPrefix?: string | undefined;
  /** Who is let in by the policy of the bucket. Left out, what was allowed before stays; `[]` takes it back. */
  readonly access?: readonly BucketAccess[] | undefined;
  /** Rules of before that it does not name any more are taken away. */
  readonly lifecycle?: BucketLifecycle | undefined;
  /** Which pages may upload and download directly. */
  readonly cors?: BucketCors | undefined;
  /** Beside those of others. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Where requests are logged. */
  readonly logging?: BucketLogging | undefined;
}

export type BucketEncryption =
  /** With keys of the server's own. */
  | { readonly type: 'sse-s3' }
  | {
      readonly type: 'sse-kms';
      /** Id, ARN or alias of the key. Default: the bucket's, else the one that Amazon keeps for the account. */
      readonly keyId?: string | undefined;
      /** One key for the whole bucket, which saves requests to KMS. Default: as the bucket has it. */
      readonly bucketKey?: boolean | undefined;
    };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html; what is left out is `true`. */
export interface PublicAccessBlock {
  /** Refuses new lists that let everybody in. */
  readonly publicAcls?: boolean | undefined;
  /** Ignores those that there are. */
  readonly ignorePublicAcls?: boolean | undefined;
  /** Refuses new policies that let everybody in. */
  readonly publicPolicy?: boolean | undefined;
  /** Lets nobody in by such a policy but the account itself and the services of Amazon. */
  readonly restrictPublicBuckets?: boolean | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
export type Ownership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

/** Whom the policy of the bucket lets in, and for what: the least that it takes, as `iamPolicy` has it. */
export interface BucketAccess {
  /** ARN of a role or user; an account's is `arn:aws:iam::123456789012:root`. */
  readonly principal: string;
  /** What it does with the bucket. */
  readonly as: FileRole;
  /** The files below it, and nothing else. Default: the whole bucket. */
  readonly prefix?: string | undefined;
  /** How far an application has come that moves to the bucket. Default: it works on the bucket alone. */
  readonly mode?: ApplicationMode | undefined;
  /** What not everybody uses. */
  readonly features?: PolicyFeatures | undefined;
  /**
   * Of a migrator that is a role or a user: whether the bucket itself holds it to the protocol, whatever else it is allowed, by
   * `migratorGuard`. Amazon S3 alone; for another server, which knows none of the conditions, it is left out, with a warning. Default
   * `false`.
   */
  readonly guard?: boolean | undefined;
}

/** Days count from the next midnight UTC. A `prefix` is a place in the bucket; default: the whole bucket. */
export interface BucketLifecycle {
  /** Uploads in parts that nobody completes are aborted so many days after they began. */
  readonly abandonedUploads?:
    | { readonly days: number; readonly prefix?: string | undefined }
    | undefined;
  /** Versions that were replaced or deleted so many days ago are removed, but for the `keep` newest ones, 1 to 100. */
  readonly noncurrentVersions?:
    | {
        readonly days: number;
        readonly keep?: number | undefined;
        readonly prefix?: string | undefined;
      }
    | undefined;
  /** Files go to a storage class so many days after they were written. */
  readonly transitions?:
    | readonly {
        readonly days: number;
        readonly storageClass: LifecycleStorageClass;
        readonly prefix?: string | undefined;
      }[]
    | undefined;
  /**
   * Marks of deleted files are removed so many days after the delete. Only for a bucket whose migration has ended, or ends
   * before: where a mark is gone, the old file of the directory comes back.
   */
  readonly tombstones?:
    | {
        readonly days: number;
        /** Default `TOMBSTONE_TAG` of core. */
        readonly tag?: { readonly key: string; readonly value: string } | undefined;
        readonly prefix?: string | undefined;
      }
    | undefined;
}

/** A storage class that a lifecycle rule can move files to. */
export type LifecycleStorageClass = TransitionStorageClass;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html; the defaults are what upload tickets and downloads need. */
export interface BucketCors {
  /** Such as `https://app.example.com`, with one `*` at most; `*` alone is every page. */
  readonly origins: readonly string[];
  /** Default `GET`, `HEAD`, `PUT`, `POST`. */
  readonly methods?: readonly CorsMethod[] | undefined;
  /** That a request may carry. Default: those that upload tickets make use of, and `x-amz-*`. */
  readonly headers?: readonly string[] | undefined;
  /** That a page may read from the answer. Default `ETag`, `Content-Range` and `Accept-Ranges`. */
  readonly expose?: readonly string[] | undefined;
  /** Seconds for which a browser need not ask again. Default 3,600. */
  readonly maxAge?: number | undefined;
}

export type CorsMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html */
export interface BucketLogging {
  /** Another bucket, of the same account and region, whose policy lets `logging.s3.amazonaws.com` write. */
  readonly bucket: string;
  /** Of the logs' keys. Default: the name of the bucket that is logged, and a slash. */
  readonly prefix?: string | undefined;
}

/** What a page sends with an upload ticket. */
export const TICKET_HEADERS: readonly string[] = [
  'content-type',
  'cache-control',
  'content-disposition',
  'if-none-match',
  'x-amz-*',
];

/** What completing an upload in parts needs, and what a download in pieces does. */
export const EXPOSED_HEADERS: readonly string[] = ['ETag', 'Content-Range', 'Accept-Ranges'];

export const CORS_METHODS: readonly CorsMethod[] = ['GET', 'HEAD', 'PUT', 'POST'];
