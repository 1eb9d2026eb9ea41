import type { Capabilities, ChecksumAlgorithm } from '@org/storage-core';

/** A kind of S3 server. `generic` promises nothing beyond what every S3 server does. */
export type ServerName = 'aws' | 'ceph' | 'minio' | 'r2' | 'generic';

/** What differs between servers that all call themselves S3. */
export interface ServerProfile {
  readonly capabilities: Capabilities;
  /**
   * What the server makes of CRC-32 checksums. `full-object`: it verifies one for each request and one for the whole of
   * a multipart upload. `composite`: as before, but for a multipart upload it knows only those of the parts. `none`: they
   * are not sent, since the server may refuse the headers; bodies are covered by the SHA-256 in the signature.
   */
  readonly checksums: 'full-object' | 'composite' | 'none';
  /** Whether an ETag stands in quotes in `If-Match`, as RFC 9110 has it. */
  readonly quotedETags: boolean;
  /** Whether there is a `DeleteObjects` request. */
  readonly bulkDelete: boolean;
  /** Whether files can have access control lists of their own; also where that is not known. */
  readonly acls: boolean;
  /** Whether a key with a `%` can be the source of an UploadPartCopy. */
  readonly copiesPartsOfPercent: boolean;
  /** Whether CopyObject encrypts as it is asked to what was in clear; UploadPartCopy does everywhere. */
  readonly encryptsCopies: boolean;
  /**
   * What a form (POST with a policy) can settle, beside key, size, content type and metadata; anything else in it the
   * server drops without a word. `undefined`: it takes no forms.
   */
  readonly form: readonly FormField[] | undefined;
  /** The checksums in a header that a content is compared with; others are not to be relied on. */
  readonly verifiedChecksums: readonly ChecksumAlgorithm[];
}

/** As in the options of an upload. */
type FormField = 'cacheControl' | 'contentDisposition' | 'tags' | 'checksums';

/** What is known of a server, to be handed to another provider as its option `capabilities`. */
export interface S3Capabilities extends Capabilities {
  /** What the server makes of CRC-32 checksums: of parts and whole, of parts alone, or nothing that is known. */
  readonly checksums: ServerProfile['checksums'];
  /** The checksums that the server compares with a content, and refuses it if it is another one: what a PUT ticket can bind. */
  readonly verifiedChecksums: readonly ChecksumAlgorithm[];
}

export const ALL_CHECKSUMS = ['crc32', 'crc64nvme', 'sha256'] as const;

const S3: Capabilities = {
  conditionalCreate: 'native',
  conditionalCreateInParts: 'native',
  conditionalUpdate: 'native',
  conditionalDelete: 'native',
  // All servers tried ignore `If-Match` and `If-None-Match` on CopyObject, which then overwrites.
  conditionalCopyCreate: 'absent',
  conditionalCopyUpdate: 'absent',
  metadata: 'native',
  tags: 'native',
  multipart: 'native',
  resumableUpload: 'native',
  versions: 'native',
  downloadUrls: 'native',
  uploadTickets: 'native',
  serverSideCopy: 'native',
};

export const SERVER_PROFILES: Readonly<Record<ServerName, ServerProfile>> = {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
  aws: {
    capabilities: S3,
    checksums: 'full-object',
    quotedETags: true,
    bulkDelete: true,
    acls: true,
    copiesPartsOfPercent: true,
    encryptsCopies: true,
    form: ['cacheControl', 'contentDisposition', 'tags', 'checksums'],
    verifiedChecksums: ALL_CHECKSUMS,
  },
  ceph: {
    capabilities: {
      ...S3,
      conditionalCreateInParts: 'absent', // 16 and 18 ignore it on CompleteMultipartUpload; 20 has it
      conditionalDelete: 'absent', // the same
    },
    checksums: 'full-object',
    quotedETags: false, // 16 and 18 compare the header's text, quotes and all; 20 takes both
    bulkDelete: true,
    acls: true,
    copiesPartsOfPercent: false, // 18 decodes the name twice: it takes another object, or crashes
    encryptsCopies: false, // 18 answers with success, and stores it in clear
    form: ['tags'],
    verifiedChecksums: [], // 16 and 18 do not look at them
  },
  minio: {
    capabilities: {
      ...S3,
      conditionalDelete: 'absent', // it ignores `If-Match` on DeleteObject
    },
    checksums: 'full-object',
    quotedETags: true,
    bulkDelete: true,
    acls: false, // it takes `private` alone
    copiesPartsOfPercent: true,
    encryptsCopies: true,
    form: ['cacheControl', 'contentDisposition', 'tags'],
    verifiedChecksums: ALL_CHECKSUMS,
  },
  r2: {
    capabilities: {
      ...S3,
      conditionalDelete: 'absent', // https://developers.cloudflare.com/r2/api/s3/conditional-operations/
      versions: 'absent', // https://developers.cloudflare.com/r2/api/s3/api/
      tags: 'absent', // https://developers.cloudflare.com/r2/api/s3/api/
    },
    checksums: 'composite', // the same page: CRC-32 of type FULL_OBJECT is not supported
    quotedETags: true,
    bulkDelete: true,
    acls: false, // https://developers.cloudflare.com/r2/api/s3/api/
    copiesPartsOfPercent: true,
    encryptsCopies: true,
    form: undefined, // it answers them with 501
    verifiedChecksums: ALL_CHECKSUMS,
  },
  generic: {
    capabilities: {
      ...S3,
      // A server that does not know a precondition ignores it, and the write that should have been refused overwrites.
      conditionalCreate: 'absent',
      conditionalCreateInParts: 'absent',
      conditionalUpdate: 'absent',
      conditionalDelete: 'absent',
      versions: 'absent',
    },
    checksums: 'none', // some refuse requests with headers that they don't know
    quotedETags: true,
    bulkDelete: false, // Google Cloud Storage had none for long
    acls: true,
    copiesPartsOfPercent: true,
    encryptsCopies: false,
    form: [],
    verifiedChecksums: [],
  },
};

/** The profile that goes with an endpoint: Amazon's and Cloudflare's are known by their host names. */
export function serverOf(endpoint: string | undefined): ServerName {
  if (endpoint === undefined) return 'aws';
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
  if (/(^|\.)amazonaws\.com(\.cn)?$/.test(host)) return 'aws';
  return host.endsWith('.r2.cloudflarestorage.com') ? 'r2' : 'generic';
}
