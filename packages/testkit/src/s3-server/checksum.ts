import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc64Nvme } from '@org/storage-core';
import { CRC32, CRC32C, CRC64NVME, type CrcParameters, combineCrcs } from './crc-combine.js';
import { crc32c } from './crc32c.js';

/** The additional checksum algorithms of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;

export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** `value` is base64, with `-N` behind it where it is composed of N parts' checksums. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  readonly value: string;
}

export interface RunningHash {
  update(data: Uint8Array): unknown;
  digest(): Buffer;
}

const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

const COMBINABLE: Readonly<Partial<Record<ChecksumAlgorithm, CrcParameters>>> = {
  CRC32,
  CRC32C,
  CRC64NVME,
};

export function parseAlgorithm(name: string): ChecksumAlgorithm | undefined {
  const upper = name.toUpperCase();
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === upper);
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningHash {
  switch (algorithm) {
    case 'CRC32':
      return crcOf((data, previous) => crc32(data, previous));
    case 'CRC32C':
      return crcOf(crc32c);
    case 'CRC64NVME':
      return crc64nvme();
    case 'SHA1':
      return createHash('sha1');
    case 'SHA256':
      return createHash('sha256');
  }
}

function crc64nvme(): RunningHash {
  const running = new Crc64Nvme();
  return {
    update: (data) => running.update(data),
    digest: () => Buffer.from(running.digest(), 'hex'),
  };
}

function crcOf(step: (data: Uint8Array, previous: number) => number): RunningHash {
  let value = 0;
  return {
    update(data) {
      value = step(data, value);
    },
    digest() {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(value, 0);
      return digest;
    },
  };
}

/** True if `value` is the base64 of a digest of the algorithm's length. */
export function isWellFormed(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === DIGEST_BYTES[algorithm] && bytes.toString('base64') === value;
}

export function supportsFullObject(algorithm: ChecksumAlgorithm): boolean {
  return COMBINABLE[algorithm] !== undefined;
}

/** The type that S3 gives a multipart upload which names none. */
export function defaultType(algorithm: ChecksumAlgorithm): ChecksumType {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
}

/** The checksum of an object from its parts' checksums. */
export function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly checksum: string; readonly size: number }[],
): Checksum {
  if (type === 'FULL_OBJECT') {
    const parameters = COMBINABLE[algorithm];
    if (!parameters) throw new RangeError(`${algorithm} has no full-object checksum of parts`);
    const pieces = parts.map((part) => ({
      crc: Buffer.from(part.checksum, 'base64'),
      length: part.size,
    }));
    return { algorithm, type, value: combineCrcs(parameters, pieces).toString('base64') };
  }
  const hash = startChecksum(algorithm);
  for (const part of parts) hash.update(Buffer.from(part.checksum, 'base64'));
  return { algorithm, type, value: `${hash.digest().toString('base64')}-${parts.length}` };
}
