import type { Segment } from './body-store.js';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksum.js';

/** What describes an object beside its content, as given when it was written. */
export interface ObjectDescription {
  /** Headers given back as they came, by lower-case name: content-type, cache-control and so on. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata by lower-case name, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: string;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** One generation of an object; never changed but for its tags. */
export interface ObjectRecord extends ObjectDescription {
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970, whole seconds. */
  readonly lastModified: number;
  readonly tags: readonly Tag[];
  readonly checksum: Checksum;
  readonly segments: readonly Segment[];
  /** For an object uploaded in parts. */
  readonly parts?: readonly CompletedPart[];
}

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
