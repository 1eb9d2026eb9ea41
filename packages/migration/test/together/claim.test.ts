import { MemoryStorageProvider, parseKey } from '@org/storage-core';
import { expect, it } from 'vitest';
import { copyUp } from '../../src/backfill/copy-up.js';
import type { Fence } from '../../src/journal/fence.js';
import { Claim } from '../../src/together/claim.js';
import { temporaryJournal } from '../fixtures.js';

it('a copy whose files others have taken over by then does not become visible', async () => {
  const [source, target] = [new MemoryStorageProvider(), new MemoryStorageProvider()];
  const key = parseKey('a');
  const { size, etag: sourceEtag } = await source.upload(key, 'one');
  const fence: Fence = { range: '1', token: 1, lost: false };
  const journal = await temporaryJournal();
  const claim = new Claim(fence, { from: key, upTo: key }, journal, async () => {});
  const asked: string[] = [];
  const copy = () =>
    copyUp(
      { key, size, sourceEtag },
      {
        ...{ source, target, onUpload: async () => {}, onHash: () => {}, onProgress: () => {} },
        mayCommit: claim.mayCommit(async () => void asked.push('the fleet')),
      },
    );
  fence.lost = true;
  await expect(copy()).rejects.toMatchObject({
    ...{ code: 'Conflict', retryable: false },
    message: /another process has taken over these files/,
  });
  expect(await target.exists(key)).toBe(false);
  fence.lost = false;
  expect(await copy()).toMatchObject({ state: 'copied' });
  expect(asked).toEqual(['the fleet', 'the fleet']);
});
