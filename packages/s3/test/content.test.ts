import { readAll } from '@org/storage-core';
import { expect, test } from 'vitest';
import { checkedContent, Source } from '../src/content.js';
import { bytes, checksumsOf, chunksOf, stalling } from './content.js';

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
      const checked = checkedContent(chunksOf(content), expected, 'it', {
        done: () => expect.unreachable(),
      });
      for await (const chunk of checked) size += chunk.byteLength;
    };
    await expect(reading()).rejects.toMatchObject({ code: 'ChecksumMismatch' });
    expect(size).toBeLessThan(content.byteLength);
  }
});

test('what a content turned out to be is told before its last bytes are handed on', async () => {
  const content = bytes(300_000);
  const { crc32 } = checksumsOf(content);
  let seen: unknown;
  const told: unknown[] = [];
  const checked = checkedContent(chunksOf(content), {}, 'it', {
    done: (found) => {
      seen = found;
    },
  });
  const handedOn = (async function* () {
    for await (const chunk of checked) {
      told.push(seen);
      yield chunk;
    }
  })();
  expect((await readAll(handedOn)).equals(content)).toBe(true);
  expect(told.slice(0, -1).every((found) => found === undefined)).toBe(true);
  expect(told.at(-1)).toEqual({ size: 300_000, checksums: { crc32 } });
});

test('a read that waits is ended at once, and so are those to come', async () => {
  const { body, drained } = stalling(bytes(10));
  const source = new Source(body);
  const reading = source.gather(100);
  await drained;
  const reason = new Error('enough');
  source.stop(reason);
  await expect(reading).rejects.toBe(reason);
  await expect(source.next()).rejects.toBe(reason);
  expect(body.destroyed).toBe(true);
});
