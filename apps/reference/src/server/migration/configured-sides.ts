import { realpath } from 'node:fs/promises';
import {
  type HybridConfiguration,
  isCustom,
  type LocalConfiguration,
  localOptions,
  type S3Configuration,
  type SideConfiguration,
  s3Options,
} from '@org/storage';
import { StorageError } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import type { Endpoints, ListedArchive } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { type SideNames, THERE } from '../options.js';

/** The two stores of a hybrid storage, without its layers and its spool. To be closed. */
export interface ConfiguredSides {
  readonly source: LocalStorageProvider | S3StorageProvider;
  readonly target: LocalStorageProvider | S3StorageProvider;
  readonly names: SideNames;
  /** As the `storage` command names them: both work on one journal. */
  readonly endpoints: Endpoints;
  /** A bucket has no place for what is retired. */
  readonly archive: ListedArchive | 'delete';
  /** Milliseconds: see `MigrationServiceOptions`. */
  readonly outlast: number;
  /** The target's, where it is a bucket. */
  readonly region: string | undefined;
}

/** As long as the command waits, unless it is told otherwise. */
const LATE_WRITES = 15 * 60_000;

/** @throws StorageError `Unsupported` for other sides than a directory and a bucket. */
export async function openConfiguredSides({
  source,
  target,
}: Pick<HybridConfiguration, 'source' | 'target'>): Promise<ConfiguredSides> {
  if (isLocal(source) && isS3(target)) {
    const directory = openDirectory(source);
    const bucket = openBucket(target);
    return {
      ...{ source: directory, target: bucket, archive: directory.trash, names: THERE, outlast: 0 },
      endpoints: { source: await realpath(source.root), target: addressOf(target) },
      region: target.region,
    };
  }
  if (isS3(source) && isLocal(target))
    return {
      ...{ source: openBucket(source), target: openDirectory(target), archive: 'delete' },
      names: { source: 's3', target: 'local' },
      endpoints: { source: addressOf(source), target: await realpath(target.root) },
      ...{ outlast: LATE_WRITES, region: undefined },
    };
  throw new StorageError(
    'Unsupported',
    `the dashboard migrates between a directory and a bucket, one way or the other, and not from ${source.provider} to ${target.provider}`,
  );
}

function openDirectory(side: LocalConfiguration): LocalStorageProvider {
  const { urls: _, deleted: __, ...local } = localOptions(side); // what is retired is not deleted
  return new LocalStorageProvider(local);
}

function openBucket(side: S3Configuration): S3StorageProvider {
  return new S3StorageProvider(s3Options(side));
}

function addressOf({ bucket, prefix = '', endpoint }: S3Configuration): string {
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
  const at = endpoint === undefined ? '' : ` at ${new URL(endpoint).origin}`;
  return `s3://${bucket}/${folder}${at}`;
}

// A third party's provider may have any name in the types: so they don't narrow by themselves.
const isLocal = (side: SideConfiguration): side is LocalConfiguration =>
  !isCustom(side) && side.provider === 'local';
const isS3 = (side: SideConfiguration): side is S3Configuration =>
  !isCustom(side) && side.provider === 's3';
