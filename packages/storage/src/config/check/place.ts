import { relative, sep } from 'node:path';
import type { SideConfiguration } from '../types/configuration.js';
import { isCustom } from '../types/configuration.js';

/** Whether a path is a directory, or lies in it. Both are whole paths. */
function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

/** The keys of a bucket that a storage has, or those below a place `s3://BUCKET/PREFIX`, as a path. */
function bucketPath(bucket: string, prefix = ''): string {
  return `/${bucket}/${prefix.replace(/\/$/, '')}`.replace(/\/$/, '');
}

/** Whether two storages hold the same files, or one some of the other's. */
export function overlap(a: SideConfiguration, b: SideConfiguration): boolean {
  if (isCustom(a) || isCustom(b)) return false;
  if (a.provider === 'local' && b.provider === 'local')
    return isWithin(a.root, b.root) || isWithin(b.root, a.root);
  if (a.provider !== 's3' || b.provider !== 's3' || a.endpoint !== b.endpoint) return false;
  const [one, other] = [bucketPath(a.bucket, a.prefix), bucketPath(b.bucket, b.prefix)];
  return isWithin(one, other) || isWithin(other, one);
}

/** Whether an address `s3://BUCKET/PREFIX` or `sqlite:FILE`, or a path, lies among the files of a storage. */
export function isAmong(address: string, storage: SideConfiguration): boolean {
  if (isCustom(storage)) return false;
  if (storage.provider === 's3') {
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(address) ?? [];
    if (bucket === '') return false;
    return isWithin(bucketPath(bucket, prefix), bucketPath(storage.bucket, storage.prefix));
  }
  const file = address.replace(/^sqlite:/, '');
  return storage.provider === 'local' && file.startsWith(sep) && isWithin(file, storage.root);
}
