import { parseKey } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { temporaryJournal } from '../fixtures.js';
import { copied, failed, withFiles } from './journals.js';

describe('files in groups', () => {
  it('by error, of unresolved files, the commonest first, and no more groups than asked for', async () => {
    const journal = await temporaryJournal();
    await withFiles(journal, [
      { key: 'a', result: failed('Timeout') },
      { key: 'b', size: 3, result: failed('AccessDenied') },
      { key: 'c', size: 4, result: failed('AccessDenied') },
      { key: 'd', result: copied },
      {
        key: 'e',
        result: { state: 'gone', attempts: 1, error: { code: 'NotFound', message: 'x' } },
      },
    ]);
    const denied = { name: 'AccessDenied', files: 2, bytes: 7 };
    expect(await journal.breakdown('error', 9)).toEqual([
      denied,
      { name: 'Timeout', files: 1, bytes: 1 },
    ]);
    expect(await journal.breakdown('error', 1)).toEqual([denied]);
    const page = await journal.page({ error: 'AccessDenied', limit: 9 });
    expect(page.map(({ key }) => key)).toEqual(['b', 'c']);
  });

  it('by whether the application’s database knows where they are, of those that are resolved', async () => {
    const journal = await temporaryJournal();
    await withFiles(journal, [
      { key: 'a', result: copied },
      { key: 'b', result: copied },
      { key: 'c' },
    ]);
    await journal.recordReferenced([parseKey('a'), parseKey('c')], true);
    expect(await journal.breakdown('referenced', 2)).toEqual([
      { name: '0', files: 1, bytes: 1 },
      { name: '1', files: 1, bytes: 1 },
    ]);
  });
});
