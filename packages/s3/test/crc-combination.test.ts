import { crc32 } from 'node:zlib';
import { Crc64Nvme } from '@org/storage-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CombinedCrc, CRC32, CRC64NVME } from '../src/crc-combination.js';
import { bytes } from './content.js';

const kinds = {
  'CRC-32': {
    parameters: CRC32,
    of: (content: Uint8Array) => crc32(content).toString(16).padStart(8, '0'),
  },
  'CRC-64/NVME': {
    parameters: CRC64NVME,
    of: (content: Uint8Array) => new Crc64Nvme().update(content).digest(),
  },
};

for (const [kind, { parameters, of }] of Object.entries(kinds)) {
  test(`the ${kind} of a whole is that of its parts, put together`, () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
    fc.assert(
      fc.property(parts, (contents) => {
        const combined = new CombinedCrc(parameters);
        for (const content of contents) combined.append(of(content), content.byteLength);
        expect(combined.digest()).toBe(of(Buffer.concat(contents)));
      }),
    );
  });

  test(`the ${kind} of parts as large as S3’s is that of the whole`, () => {
    const content = bytes(17 * 1024 ** 2 + 3);
    const combined = new CombinedCrc(parameters);
    for (let start = 0; start < content.byteLength; start += 8 * 1024 ** 2) {
      const part = content.subarray(start, start + 8 * 1024 ** 2);
      combined.append(of(part), part.byteLength);
    }
    expect(combined.digest()).toBe(of(content));
  });

  test(`the ${kind} of zeros beyond 32 bits of length is that of halves of them`, () => {
    // Of zeros, a length can be doubled without a single byte: the CRC of twice as many is that of the two halves.
    let length = 1024;
    let doubled = of(Buffer.alloc(length));
    const pieces = new CombinedCrc(parameters);
    pieces.append(doubled, length);
    for (let i = 0; i < 24; i++) {
      const twice = new CombinedCrc(parameters);
      for (let half = 0; half < 2; half++) twice.append(doubled, length);
      pieces.append(doubled, length); // 1, 1, 2, 4, … of them
      doubled = twice.digest();
      length *= 2;
      expect(pieces.digest()).toBe(doubled);
    }
    expect(length).toBeGreaterThan(2 ** 33);
  });
}
