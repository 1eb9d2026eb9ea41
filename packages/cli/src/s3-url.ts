import { keyProblem, StorageError } from '@org/storage-core';

export interface S3Location {
  readonly bucket: string;
  /** With its final slash, or empty. */
  readonly prefix: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; older buckets may have capitals and `_`. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

/**
 * Reads `s3://bucket` or `s3://bucket/prefix`. The prefix is taken as it stands (`%20` is three characters).
 * @throws StorageError `InvalidArgument`.
 */
export function parseS3Url(text: string): S3Location {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(text);
  if (match === null) throw wrong(text, 'write s3://BUCKET or s3://BUCKET/PREFIX');
  const [, bucket = '', rest = ''] = match;
  if (!BUCKET.test(bucket)) throw wrong(text, `"${bucket}" can’t be the name of a bucket`);
  const path = rest.replace(/\/$/, '');
  if (path === '') return { bucket, prefix: '' };
  const problem = keyProblem(path);
  if (problem !== undefined) throw wrong(text, `the prefix is no key: ${problem}`);
  return { bucket, prefix: `${path}/` };
}

export function formatS3Url({ bucket, prefix }: S3Location): string {
  return `s3://${bucket}/${prefix}`;
}

function wrong(text: string, why: string): StorageError {
  return new StorageError(
    'InvalidArgument',
    `${JSON.stringify(text)} is not an S3 address: ${why}`,
  );
}
