import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type ChecksumAlgorithm, type Checksums, Crc64Nvme, Digest } from '@org/storage-core';
import type { Bucket } from './bucket.js';
import { base64Of } from './metadata.js';

/** The algorithms as S3 names them. */
export const S3_ALGORITHMS = {
  crc32: 'CRC32',
  crc64nvme: 'CRC64NVME',
  sha256: 'SHA256',
} as const satisfies Record<ChecksumAlgorithm, string>;

/** A checksum, as the SDK's parameters and S3's answers have it. */
export interface ChecksumFields {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

const FIELDS = {
  crc32: 'ChecksumCRC32',
  crc64nvme: 'ChecksumCRC64NVME',
  sha256: 'ChecksumSHA256',
} as const satisfies Record<ChecksumAlgorithm, keyof ChecksumFields>;

const ALGORITHMS = ['crc32', 'crc64nvme', 'sha256'] as const;

/** Of the checksums that are known, the one to send. */
export function checksumFields(algorithm: ChecksumAlgorithm, checksums: Checksums): ChecksumFields {
  const hex = checksums[algorithm];
  return hex === undefined ? {} : { [FIELDS[algorithm]]: base64Of(hex) };
}

/** The same with the algorithm's name, without which Ceph does not verify it. */
export function namedChecksum(algorithm: ChecksumAlgorithm, checksums: Checksums) {
  return {
    ChecksumAlgorithm: S3_ALGORITHMS[algorithm],
    ...checksumFields(algorithm, checksums),
  };
}

/** One checksum of the fields, where there is one, with its algorithm. */
export function knownChecksum(
  fields: ChecksumFields,
): { readonly algorithm: ChecksumAlgorithm; readonly base64: string } | undefined {
  for (const algorithm of ALGORITHMS) {
    const base64 = fields[FIELDS[algorithm]];
    if (base64 !== undefined) return { algorithm, base64 };
  }
  return undefined;
}

/**
 * What the server keeps of a whole that is sent in parts: the checksum of its bytes, or one of the parts' checksums.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function checksumType(bucket: Bucket): 'FULL_OBJECT' | 'COMPOSITE' | undefined {
  const { checksum, profile } = bucket;
  if (profile.checksums === 'none') return undefined;
  if (checksum === 'crc32') return profile.checksums === 'composite' ? 'COMPOSITE' : 'FULL_OBJECT';
  return checksum === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE';
}

/** Hexadecimal. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  switch (algorithm) {
    case 'crc32':
      return crc32(bytes).toString(16).padStart(8, '0');
    case 'crc64nvme':
      return new Crc64Nvme().update(bytes).digest();
    case 'sha256':
      return createHash('sha256').update(bytes).digest('hex');
  }
}

/** What is sent with bytes, and what is compared with what was expected of them. */
export function checksumsOf(bucket: Bucket, bytes: Uint8Array, expected: Checksums = {}) {
  const checksums = new Digest(expected).update(bytes).checksums();
  if (bucket.checksum !== 'crc64nvme' || checksums.crc64nvme !== undefined) return checksums;
  return { ...checksums, crc64nvme: checksumOf('crc64nvme', bytes) };
}
