import type { Call } from './calls.js';

/**
 * `application`: what reads and writes files · `migrator`: what copies them into the bucket, beside an application ·
 * `readonly`: what only reads them.
 */
export type FileRole = 'application' | 'migrator' | 'readonly';

/** How far the application has come on its way from the directory to the bucket; as `Mode` of `@org/storage-hybrid`. */
export type ApplicationMode = 'source' | 'prepare' | 'hybrid' | 'target';

/** What not everybody uses. */
export interface PolicyFeatures {
  /** The application gives files tags, reads and changes them. Default `false`. */
  readonly tags?: boolean | undefined;
  /** The bucket keeps versions, or will: files are read by their version then. Default `true`. */
  readonly versioning?: boolean | undefined;
  /** It lists versions, restores or deletes them. Default `false`. */
  readonly versions?: boolean | undefined;
  /** It lists and removes uploads in parts that nobody completes (`multipart.list`, `multipart.sweep`). Default `false`. */
  readonly unfinishedUploads?: boolean | undefined;
  /** It tries out what the server can do (`probe`). Default: where the server is not Amazon’s. A migrator always does. */
  readonly probe?: boolean | undefined;
  /** It gives files access control lists (the option `acl`). Default `false`. */
  readonly acl?: boolean | undefined;
  /** ARN of the key of KMS that files are encrypted with. Default: none, or the one that Amazon keeps for the account. */
  readonly kmsKey?: string | undefined;
  /** Where in the bucket the fleet’s registry is, such as `ops/.fleet` for `--fleet s3://BUCKET/ops`. Default: elsewhere. */
  readonly fleet?: string | undefined;
}

/** What a role asks for on which part of the bucket. */
export interface Grant {
  /** Names the statement. */
  readonly name: string;
  readonly on: 'bucket' | 'listing' | 'files' | 'reserved' | 'fleet';
  readonly calls: readonly Call[];
  /**
   * Only so: `create` if nothing is there · `change` with the ETag of what is there · `part` of what becomes visible by another
   * request · `tombstone` with the tag of one.
   */
  readonly only?: 'create' | 'change' | 'part' | 'tombstone';
}

// Whether the bucket is there is asked by a listing where there is a prefix.
const LIST: Grant = { name: 'List', on: 'listing', calls: ['ListObjectsV2', 'HeadBucket'] };
const LIST_VERSIONS: Grant = { name: 'ListVersions', on: 'listing', calls: ['ListObjectVersions'] };
const LIST_UPLOADS: Grant = { name: 'ListUploads', on: 'bucket', calls: ['ListMultipartUploads'] };
const READ: readonly Call[] = ['GetObject', 'HeadObject'];
const READ_VERSION: readonly Call[] = ['GetObject VersionId', 'HeadObject VersionId'];
const PARTS: readonly Call[] = ['CreateMultipartUpload', 'UploadPart'];
const COPY: readonly Call[] = ['CopyObject', 'UploadPartCopy'];
const WRITE: readonly Call[] = [
  'PutObject',
  'PutObject IfMatch',
  ...PARTS,
  'CompleteMultipartUpload',
  'CompleteMultipartUpload IfMatch',
  'AbortMultipartUpload',
];

const DELETE: readonly Call[] = ['DeleteObject', 'DeleteObject IfMatch', 'DeleteObjects'];

/** What the probe does to its own keys. */
const PROBE: readonly Grant[] = [
  {
    name: 'Probe',
    on: 'reserved',
    calls: [
      ...READ,
      ...WRITE,
      'CopyObject',
      ...DELETE,
      'DeleteObject VersionId',
      'PutObjectTagging',
      'GetObjectTagging',
    ],
  },
];

const FLEET: readonly Grant[] = [
  { name: 'FleetRead', on: 'fleet', calls: [...READ, 'PutObject IfMatch', 'DeleteObject IfMatch'] },
  { name: 'FleetJoin', on: 'fleet', calls: ['PutObject'], only: 'create' },
  {
    name: 'FleetChange',
    on: 'fleet',
    calls: ['PutObject', 'DeleteObject'],
    only: 'change',
  },
];

/** @param native Whether the server decides on conditional deletes by itself, and knows what it can do without being tried. */
export function grantsOf(
  role: FileRole,
  mode: ApplicationMode | undefined,
  features: PolicyFeatures,
  native: boolean,
): readonly Grant[] {
  const { probe = role === 'migrator' || !native } = features;
  return [
    ...ROLES[role](features, mode, native),
    ...(probe && role !== 'readonly' && mode !== 'source'
      ? [...PROBE, LIST_VERSIONS, LIST_UPLOADS]
      : []),
    ...(features.fleet === undefined || role === 'readonly' ? [] : FLEET),
  ];
}

/** A download is continued, and an upload in parts looked at, by the version. */
function read({ versioning = true }: PolicyFeatures): readonly Call[] {
  return versioning ? [...READ, ...READ_VERSION] : READ;
}

type Grants = (
  features: PolicyFeatures,
  mode: ApplicationMode | undefined,
  native: boolean,
) => readonly Grant[];

const ROLES: Readonly<Record<FileRole, Grants>> = {
  application(features, mode, native) {
    if (mode === 'source') return [LIST];
    if (mode !== undefined) return [LIST, ...hybrid(features, mode, native)];
    const { tags = false, versions = false, unfinishedUploads = false, acl = false } = features;
    return [
      LIST,
      {
        name: 'Files',
        on: 'files',
        calls: [...read(features), ...WRITE, ...COPY, 'PostObject', 'ListParts', ...DELETE],
      },
      ...(tags ? [{ name: 'Tags', on: 'files', calls: TAGS } as const] : []),
      ...(versions
        ? [LIST_VERSIONS, { name: 'Versions', on: 'files', calls: VERSIONS } as const]
        : []),
      ...(tags && versions
        ? [{ name: 'VersionTags', on: 'files', calls: VERSION_TAGS } as const]
        : []),
      ...(unfinishedUploads ? [LIST_UPLOADS] : []),
      ...(acl ? [LISTS] : []),
    ];
  },
  migrator: (features) => [
    LIST,
    LIST_UPLOADS,
    { name: 'Read', on: 'files', calls: [...read(features), 'DeleteObject IfMatch'] },
    {
      name: 'Create',
      on: 'files',
      calls: ['PutObject', 'CompleteMultipartUpload'],
      only: 'create',
    },
    { name: 'Parts', on: 'files', calls: PARTS, only: 'part' },
    { name: 'Uploads', on: 'files', calls: ['AbortMultipartUpload', 'ListParts'] },
    { name: 'Remove', on: 'files', calls: ['DeleteObject'], only: 'change' },
    ...(features.acl ? [LISTS] : []),
  ],
  readonly: (features) => [
    LIST,
    { name: 'Read', on: 'files', calls: read(features) },
    ...(features.tags ? [{ name: 'Tags', on: 'files', calls: ['GetObjectTagging'] } as const] : []),
    ...(features.versions
      ? [LIST_VERSIONS, { name: 'Versions', on: 'files', calls: READ_VERSION } as const]
      : []),
    ...(features.tags && features.versions
      ? [{ name: 'VersionTags', on: 'files', calls: ['GetObjectTagging VersionId'] } as const]
      : []),
  ],
};

/** In `prepare` and `hybrid` a delete is the write of a tombstone: nothing is deleted from the bucket. */
function hybrid(features: PolicyFeatures, mode: ApplicationMode, native: boolean): Grant[] {
  const { acl = false } = features;
  const deletes = mode === 'target';
  const tombstones = !deletes || !native;
  const removal = deletes ? DELETE : [];
  return [
    { name: 'Files', on: 'files', calls: [...read(features), ...WRITE, ...COPY, ...removal] },
    ...(tombstones ? [TOMBSTONES] : []),
    ...(acl ? [LISTS] : []),
  ];
}

const TOMBSTONES: Grant = {
  name: 'Tombstones',
  on: 'files',
  calls: ['PutObject Tagging'],
  only: 'tombstone',
};

const TAGS: readonly Call[] = [
  'PutObject Tagging',
  'PostObject Tagging',
  'CreateMultipartUpload Tagging',
  'GetObjectTagging',
  'PutObjectTagging',
  'DeleteObjectTagging',
];
const VERSIONS: readonly Call[] = [
  ...READ_VERSION,
  'CopyObject VersionId',
  'UploadPartCopy VersionId',
  'DeleteObject VersionId',
];
const VERSION_TAGS: readonly Call[] = [
  'GetObjectTagging VersionId',
  'PutObjectTagging VersionId',
  'DeleteObjectTagging VersionId',
];
const LISTS: Grant = {
  name: 'AccessLists',
  on: 'files',
  calls: ['PutObject ACL', 'CreateMultipartUpload ACL', 'CopyObject ACL'],
};
