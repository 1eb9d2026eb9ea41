import { expect, test } from 'vitest';
import { checkedContent } from '../src/content.js';
import { bytes, checksumsOf, chunksOf } from './content.js';

test('what is not the expected content is never handed on whole', async () => {
  const content = bytes(300_000);
  const { crc32, sha256 } = checksumsOf(content);
  const wrong = [
    { size: 299_999 },
    { size: 300_001 },
    { checksums: { crc32: '00000000', sha256 } },
    { checksums: { crc32, sha256: '0'.repeat(64) } },
    { checksums: { crc64nvme: '0'.repeat(16) } },
  ];
  for (const expected of wrong) {
    let size = 0;
    const reading = async () => {
      const checked = checkedContent(chunksOf(content), expected, 'it');
      for await (const chunk of checked) size += chunk.byteLength;
    };
    await expect(reading()).rejects.toMatchObject({ code: 'ChecksumMismatch' });
    expect(size).toBeLessThan(content.byteLength);
  }
});

test('the expected content is handed on as it is', async () => {
  const content = bytes(300_000);
  const expected = { size: content.byteLength, checksums: checksumsOf(content) };
  const chunks: Uint8Array[] = [];
  for await (const chunk of checkedContent(chunksOf(content), expected, 'it')) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(content)).toBe(true);
});
