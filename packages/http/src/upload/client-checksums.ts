import { type Checksums, StorageError } from '@org/storage-core';
import type { HttpRequest } from '../message.js';

/** Bytes of each. */
const SIZES = { sha256: 32, crc32: 4, crc64nvme: 8 } as const;

type Algorithm = keyof typeof SIZES;

/** Names in lists of digests: https://www.rfc-editor.org/rfc/rfc9530#section-5, https://www.rfc-editor.org/rfc/rfc3230#section-4.1.1 */
const LISTED: Readonly<Record<string, Algorithm>> = { 'sha-256': 'sha256' };

/**
 * The checksums of a body that its client has sent with it: `Content-Digest`, `Repr-Digest` and the older `Digest` with SHA-256, and
 * S3's `x-amz-checksum-sha256`, `-crc32` and `-crc64nvme`. Other algorithms are passed over, as RFC 9530 has it; all that are known are
 * checked.
 * @throws StorageError `InvalidArgument` if one is malformed, or two contradict each other.
 */
export function clientChecksums(request: HttpRequest): Checksums {
  const found: Partial<Record<Algorithm, string>> = {};
  const add = (algorithm: Algorithm, base64: string, header: string) => {
    const value = hexadecimal(algorithm, base64, header);
    const { [algorithm]: other = value } = found;
    if (other !== value)
      throw new StorageError('InvalidArgument', `${header} contradicts another checksum`);
    found[algorithm] = value;
  };
  for (const header of ['content-digest', 'repr-digest', 'digest']) {
    for (const entry of (request.header(header) ?? '').split(',')) {
      const [, name = '', value = ''] = /^\s*([^=\s]+)=(.*?)\s*$/.exec(entry) ?? [];
      const algorithm = LISTED[name.toLowerCase()];
      if (algorithm === undefined) continue;
      add(algorithm, header === 'digest' ? value : bytesItem(value, header), header);
    }
  }
  for (const algorithm of Object.keys(SIZES) as Algorithm[]) {
    const header = `x-amz-checksum-${algorithm}`;
    const value = request.header(header);
    if (value !== undefined) add(algorithm, value.trim(), header);
  }
  return found;
}

/** https://www.rfc-editor.org/rfc/rfc8941#section-3.3.5 */
function bytesItem(value: string, header: string): string {
  const [, base64] = /^:([^:]*):(?:;.*)?$/.exec(value) ?? [];
  if (base64 !== undefined) return base64;
  throw malformed(header);
}

function hexadecimal(algorithm: Algorithm, base64: string, header: string): string {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.byteLength !== SIZES[algorithm] || bytes.toString('base64') !== base64)
    throw malformed(header);
  return bytes.toString('hex');
}

function malformed(header: string): StorageError {
  return new StorageError('InvalidArgument', `the header ${header} is malformed`);
}
