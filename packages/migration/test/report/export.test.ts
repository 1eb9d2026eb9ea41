import { parseKey } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { EXPORT_COLUMNS, exportFiles, type Journal } from '../../src/index.js';
import { temporaryJournal } from '../fixtures.js';
import { parseCsv } from './csv-reader.js';
import { copied, failed, withFiles } from './journals.js';

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

describe('an export', () => {
  it('has every file and what is known of it, one a line', async () => {
    const journal = await temporaryJournal();
    await withFiles(journal, [
      { key: 'a', size: 7, result: { ...copied, checksums: { crc32: '00000001' }, run: 'r1' } },
      { key: 'b\n"c"', result: failed('Timeout', 'late\nvery') },
    ]);
    await journal.recordVerification(parseKey('a'), 'ok', 'checksum');
    const lines = (await textOf(exportFiles(journal, { format: 'jsonl' }))).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        ...{
          key: 'a',
          size: 7,
          modified: '1970-01-01T00:00:00.000Z',
          state: 'copied',
          attempts: 1,
        },
        ...{ sourceEtag: 'e', crc32: '00000001', run: 'r1', verification: 'ok' },
        ...{ verifiedBy: 'checksum', referenced: false },
      },
      expect.objectContaining({ key: 'b\n"c"', errorCode: 'Timeout', errorMessage: 'late\nvery' }),
    ]);
    const [head, first, second] = parseCsv(await textOf(exportFiles(journal, { format: 'csv' })));
    expect(head).toEqual(EXPORT_COLUMNS);
    expect(first?.slice(0, 4)).toEqual(['a', '7', '1970-01-01T00:00:00.000Z', 'copied']);
    expect(second?.[0]).toBe('b\n"c"');
  });

  it('has only files in the states that were asked for', async () => {
    const journal = await temporaryJournal();
    await withFiles(journal, [{ key: 'a', result: copied }, { key: 'b' }]);
    const text = await textOf(exportFiles(journal, { format: 'jsonl', states: ['pending'] }));
    expect(JSON.parse(text)).toMatchObject({ key: 'b' });
    expect(await textOf(exportFiles(journal, { format: 'jsonl', states: ['lost'] }))).toBe('');
  });

  it('defuses in CSV what a spreadsheet would take for a formula, and is exact in JSON', async () => {
    const journal = await temporaryJournal();
    await withFiles(journal, [{ key: '=1+1' }]);
    expect(parseCsv(await textOf(exportFiles(journal, { format: 'csv' })))[1]?.[0]).toBe("'=1+1");
    const text = await textOf(exportFiles(journal, { format: 'jsonl' }));
    expect(JSON.parse(text)).toMatchObject({ key: '=1+1' });
  });

  it('reads no further than is taken from it, and stops when its reader does', async () => {
    const journal = await temporaryJournal();
    await withFiles(
      journal,
      Array.from({ length: 5000 }, (_, i) => ({ key: `key/${i}` })),
    );
    let pages = 0;
    const counted: Journal = Object.create(journal, {
      page: {
        value: (options: Parameters<Journal['page']>[0]) => {
          pages++;
          return journal.page(options);
        },
      },
    });
    for await (const piece of exportFiles(counted, { format: 'csv' })) {
      expect(piece.endsWith('\n')).toBe(true);
      expect(piece.length).toBeLessThan(40_000);
      break;
    }
    expect(pages).toBe(1);
  });
});
