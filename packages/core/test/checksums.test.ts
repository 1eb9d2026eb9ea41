import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Checksums,
  checkChecksums,
  compareChecksums,
  Digest,
  differingChecksums,
} from '../src/index.js';

const expectedCrc64 = { crc64nvme: '0'.repeat(16) };

/** Bit by bit on BigInt, as the definition reads. */
function crc64nvme(content: Uint8Array): string {
  const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
  const ALL = 0xffff_ffff_ffff_ffffn;
  let register = ALL;
  for (const byte of content) {
    register ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      register = register & 1n ? (register >> 1n) ^ POLYNOMIAL : register >> 1n;
    }
  }
  return (register ^ ALL).toString(16).padStart(16, '0');
}

describe('Digest', () => {
  it.each([
    // Check values: https://reveng.sourceforge.io/crc-catalogue/all.htm, FIPS 180-4
    ['', '00000000', '0000000000000000'],
    ['123456789', 'cbf43926', 'ae8b14860a799888'],
  ])('knows the published checksums of %j', (text, crc32, crc64) => {
    const digest = new Digest(expectedCrc64).update(Buffer.from(text));
    expect(digest.size).toBe(text.length);
    expect(digest.checksums()).toEqual({
      crc32,
      crc64nvme: crc64,
      sha256: createHash('sha256').update(text).digest('hex'),
    });
  });

  it('gives the same however the content is cut', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(chunks, (parts) => {
        const content = Buffer.concat(parts);
        const digest = new Digest(expectedCrc64);
        for (const part of parts) digest.update(part);
        expect(digest.size).toBe(content.byteLength);
        const checksums = digest.checksums();
        expect(checksums).toEqual(new Digest(expectedCrc64).update(content).checksums());
        expect(checksums.crc64nvme).toBe(crc64nvme(content));
      }),
    );
  });

  it('leaves out the slow checksum unless it is to be compared', () => {
    const checksums = new Digest({ sha256: 'ab'.repeat(32) }).update(Buffer.from('a')).checksums();
    expect(Object.keys(checksums).sort()).toEqual(['crc32', 'sha256']);
  });
});

describe('compareChecksums', () => {
  it('compares what both sides know', () => {
    expect(differingChecksums({ crc32: 'a' }, { sha256: 'b' })).toEqual([]);
    expect(differingChecksums({ crc32: 'a', sha256: 'b' }, { crc32: 'c', sha256: 'b' })).toEqual([
      'crc32',
    ]);
    expect(() => compareChecksums({ crc64nvme: 'a' }, {}, 'it')).not.toThrow();
  });

  it('says which checksum differs, and of what', () => {
    expect(() => compareChecksums({ crc32: 'a' }, { crc32: 'b' }, 'the body of k')).toThrow(
      expect.objectContaining({
        code: 'ChecksumMismatch',
        message: 'the body of k: crc32 is b, expected a',
      }),
    );
  });
});

describe('checkChecksums', () => {
  it('takes lower-case hexadecimal of the right length', () => {
    const { crc32, sha256 } = new Digest().update(Buffer.from('a')).checksums();
    expect(() => checkChecksums({ crc32, sha256, crc64nvme: 'f'.repeat(16) })).not.toThrow();
    expect(() => checkChecksums({})).not.toThrow();
  });

  it.each<Readonly<Record<string, unknown>>>([
    { crc32: 'abc' },
    { crc32: 'ABCDEF01' },
    { crc32: 12345678 },
    { sha256: 'g'.repeat(64) },
    { sha256: `${'a'.repeat(64)}\n` },
    { md5: 'a'.repeat(32) },
    { constructor: 'a' },
    { crc64nvme: null },
  ])('refuses %j', (checksums) => {
    expect(() => checkChecksums(checksums as Checksums)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });
});
