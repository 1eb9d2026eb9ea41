import { keyProblem, StorageError } from '@org/storage-core';
import { RESERVED } from '../../trial/name.js';

/** A bucket, and where in it. */
export interface PolicyPlace {
  /** Name of the bucket. */
  readonly bucket: string;
  /** A place in the bucket, as the provider’s option `prefix`. Default: the whole bucket. */
  readonly prefix?: string | undefined;
  /** Such as `cn-north-1`: regions of China and of the government of the USA have ARNs of their own. Default: any other one. */
  readonly region?: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; nothing in it means anything to a policy. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** How a policy names the parts of a place. */
export class PlaceNames {
  readonly bucket: string;
  readonly #folder: string;

  /** @throws StorageError `InvalidArgument` for what is no bucket’s name, or no beginning of a key. */
  constructor({ bucket, prefix = '', region }: PolicyPlace) {
    if (!BUCKET_NAME.test(bucket)) {
      throw new StorageError('InvalidArgument', `${JSON.stringify(bucket)} is no name of a bucket`);
    }
    this.bucket = bucketArn(bucket, region);
    this.#folder = folderOf(prefix);
  }

  get whole(): boolean {
    return this.#folder === '';
  }

  /** ARN of all files of the place. */
  get files(): string {
    return `${this.bucket}/${literally(this.#folder)}*`;
  }

  /** ARN of the keys below `.storage/`. */
  get reserved(): string {
    return `${this.bucket}/${literally(this.#folder)}${RESERVED}*`;
  }

  /** ARN of all files below another place of the bucket. */
  below(prefix: string): string {
    return `${this.bucket}/${literally(folderOf(prefix))}*`;
  }

  /** What a listing of the place, and of those, may ask for. */
  listed(others: readonly string[]): readonly string[] {
    return [this.#folder, ...others.map(folderOf)].map((folder) => `${literally(folder)}*`);
  }
}

function folderOf(prefix: string): string {
  if (prefix === '') return '';
  const problem = keyProblem(`${prefix.replace(/\/$/, '')}/x`);
  if (problem !== undefined) {
    throw new StorageError(
      'InvalidArgument',
      `prefix ${JSON.stringify(prefix)} can’t begin a key: ${problem}`,
    );
  }
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
  if (/[^\x20-\xff]/.test(prefix)) {
    throw new StorageError(
      'InvalidArgument',
      `prefix ${JSON.stringify(prefix)}: a policy takes no characters beyond Latin-1; give the application a bucket of its own`,
    );
  }
  return prefix.replace(/([^/])$/, '$1/');
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars */
function literally(text: string): string {
  return text.replace(/[*?$]/g, (character) => `\${${character}}`);
}

/** How a policy names a bucket. @param region Default: one of those that are neither of China nor of the government of the USA. */
export function bucketArn(bucket: string, region?: string): string {
  return `arn:${partitionOf(region)}:s3:::${bucket}`;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
function partitionOf(region = ''): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
