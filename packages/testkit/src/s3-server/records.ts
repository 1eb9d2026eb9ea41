import type { Segment } from './body-store.js';
import type { CannedAcl } from './canned-acl.js';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksum.js';
import type { Encryption } from './encryption.js';

/** What describes an object beside its content, as given when it was written. */
export interface ObjectDescription {
  /** Headers given back as they came, by lower-case name: content-type, cache-control and so on. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata by lower-case name, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: string;
  readonly encryption: Encryption;
  readonly acl: CannedAcl;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What a version is among those of its key. */
interface VersionIdentity {
  readonly key: string;
  /** `null` for what is written while versioning is not enabled; a key has one such version at most. */
  readonly versionId: string;
  /** Counts the changes of the bucket: the version of the highest number is the current one. */
  readonly sequence: number;
  /** Milliseconds since 1970, whole seconds. */
  readonly lastModified: number;
}

/** One generation of an object; never changed but for its tags. */
export interface ObjectRecord extends ObjectDescription, VersionIdentity {
  readonly type: 'object';
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly tags: readonly Tag[];
  readonly checksum: Checksum;
  readonly segments: readonly Segment[];
  /** For an object uploaded in parts. */
  readonly parts?: readonly CompletedPart[];
}

/** What a DELETE without a version id leaves in a bucket with versioning. */
export interface DeleteMarker extends VersionIdentity {
  readonly type: 'marker';
}

export type VersionRecord = ObjectRecord | DeleteMarker;

/** An object about to be written; what version it becomes is for the bucket to say. */
export type NewObject = Omit<ObjectRecord, 'type' | 'versionId' | 'sequence'>;

interface CompletedPart {
  readonly number: number;
  readonly size: number;
  readonly checksum: string;
}

export interface UploadRecord extends ObjectDescription {
  readonly id: string;
  readonly key: string;
  readonly initiated: number;
  readonly tags: readonly Tag[];
  readonly algorithm: ChecksumAlgorithm;
  readonly checksumType: ChecksumType;
  /** False where the client named no algorithm and S3's default is computed silently. */
  readonly checksumAsked: boolean;
}

export interface PartRecord {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  /** Of the upload's algorithm. */
  readonly checksum: string;
  readonly segments: readonly Segment[];
}

export interface BucketRecord {
  readonly name: string;
  /** Account id. */
  readonly owner: string;
  readonly created: number;
  readonly region: string;
  /** Configuration documents by sub-resource, as they were put. */
  readonly documents: Readonly<Record<string, string>>;
}
