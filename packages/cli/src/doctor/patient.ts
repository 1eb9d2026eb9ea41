import type { StorageProvider } from '@org/storage-core';
import type { Mode } from '@org/storage-hybrid';
import type { Endpoints } from '@org/storage-migration';
import type { S3StorageOptions } from '@org/storage-s3';
import type { BucketInspection, BucketSettings } from '@org/storage-s3/provision';
import type { S3Options } from '../endpoints.js';
import type { Finding } from './check.js';

export const ROLES = ['application', 'migrator', 'readonly'] as const;

/** Who is to work with it. */
export type Role = (typeof ROLES)[number];

/** What is examined. */
export interface Patient {
  readonly mode: Mode;
  readonly role: Role;
  /** Milliseconds for one answer. */
  readonly limit: number;
  readonly directory?: DirectoryPatient;
  readonly bucket?: BucketPatient;
  /** Sides with providers of third parties; none where all are built in, or can’t be opened here. */
  readonly others?: readonly OtherPatient[];
  /** Whether files go from the bucket to the directory. Default `false`. */
  readonly back?: boolean;
  /** Where the fleet’s registry is, as `--fleet` has it. */
  readonly fleet?: string;
  /** How an S3 server with a registry is reached. */
  readonly s3: S3Options;
  readonly journal?: JournalPatient;
  /** What was found when the configuration was read; none where there is none. */
  readonly configuration?: readonly Finding[];
}

/** A store whose provider is a third party’s. */
export interface OtherPatient {
  readonly provider: string;
  /** Whether files go there from another side. */
  readonly isTarget: boolean;
  /** Whoever opens it closes it. */
  readonly open: () => Promise<StorageProvider>;
}

interface DirectoryPatient {
  /** As it was named. */
  readonly path: string;
  /** Whether it is made when it is missing. */
  readonly made?: boolean | undefined;
  /** Of the archive, if it is not in the directory. */
  readonly trash?: string | undefined;
}

export interface BucketPatient {
  readonly options: S3StorageOptions;
  /** How it shall be, if somebody has said. */
  readonly settings: BucketSettings | undefined;
  readonly inspection: BucketInspection;
}

export interface JournalPatient {
  /** A path, or the address of a database. */
  readonly place: string;
  /** What it has to be of, if that is known. */
  readonly endpoints?: Endpoints;
}
