import { compareKeys, parseKey } from '@org/storage-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type FileRecord, type FileState, filesIn, type PageOptions } from '../../src/index.js';
import { file, type JournalStore, opened, paged } from './store.js';

const byKey = (a: FileRecord, b: FileRecord) => compareKeys(a.key, b.key);

const COMPARE: Readonly<
  Record<NonNullable<PageOptions['order']>, (a: FileRecord, b: FileRecord) => number>
> = {
  key: byKey,
  smallest: (a, b) => a.size - b.size || byKey(a, b),
  newest: (a, b) => b.modified.getTime() - a.modified.getTime() || byKey(a, b),
};

const STATES: readonly FileState[] = ['pending', 'copied', 'failed'];

/** Names that are easily put into a wrong order: letters' case, accents, what UTF-16 orders otherwise. */
const name = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('a', 'A', 'b', 'B', 'é', 'z', '-', '_', '.', ' ', '\uffee', '😀', '%', "'"),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 6,
  })
  .filter((text) => !/[/\0]|^\.+$|\p{Surrogate}/u.test(text));

const someFiles = fc.uniqueArray(
  fc.record({
    key: name,
    size: fc.integer({ min: 0, max: 3 }),
    modified: fc.integer({ min: 0, max: 3 }),
    state: fc.constantFrom(...STATES),
    run: fc.constantFrom('r1', 'r2'),
    retired: fc.boolean(),
    referenced: fc.boolean(),
  }),
  { selector: ({ key }) => key, maxLength: 30 },
);

const somePages = fc.record(
  {
    order: fc.constantFrom('key', 'smallest', 'newest'),
    states: fc.subarray([...STATES], { minLength: 1 }),
    run: fc.constantFrom('r1', 'r2'),
    retirements: fc.subarray(['retired', 'none'] as const, { minLength: 1 }),
    referenced: fc.boolean(),
    range: fc.record({ from: name.map(parseKey), upTo: name.map(parseKey) }),
    limit: fc.integer({ min: 1, max: 7 }),
  },
  { requiredKeys: ['limit'] },
);

/** How a journal pages through files. */
export function testOrder(newStore: () => Promise<JournalStore>): void {
  it('pages through any choice of files in any order, by the UTF-8 bytes of the keys where they tie', async () => {
    const journal = await opened(await newStore());
    let forgotten: FileRecord[] = [];
    await fc.assert(
      fc.asyncProperty(someFiles, fc.array(somePages, { maxLength: 8 }), async (given, choices) => {
        // What the run before has left is in no choice, and gone.
        for (const { key } of forgotten) await journal.recordResult(key, nothing);
        await journal.startScan();
        await journal.recordSeen(
          given.map(({ key, size, modified }) =>
            file(key, { size, lastModified: new Date(modified) }),
          ),
        );
        await journal.endScan();
        await Promise.all(
          given.map(async ({ key: text, state, run, retired, referenced }) => {
            const key = parseKey(text);
            await journal.recordResult(key, { state, attempts: 1, run });
            if (state !== 'pending')
              await journal.recordRetirement(key, retired ? 'retired' : undefined);
            await journal.recordReferenced([key], referenced);
          }),
        );
        const present = new Set<string>(given.map(({ key }) => key));
        const all = (await paged(journal, { limit: 1000 })).filter(({ key }) => present.has(key));
        expect(all).toHaveLength(given.length);
        for (const choice of choices) {
          const { order = 'key', states = STATES, run, retirements, range, ...more } = choice;
          const { referenced, limit } = more;
          const expected = all
            .filter((record) => states.includes(record.state))
            .filter((record) => run === undefined || record.run === run)
            .filter((record) => retirements?.includes(retirementOf(record)) ?? true)
            .filter((record) => referenced === undefined || record.referenced === referenced)
            .filter(({ key }) => range === undefined || compareKeys(range.from, key) <= 0)
            .filter(({ key }) => range === undefined || compareKeys(key, range.upTo) <= 0)
            .sort(COMPARE[order]);
          expect(await paged(journal, { ...choice, order, states, limit })).toEqual(expected);
        }
        forgotten = all;
      }),
      { numRuns: 25 },
    );
  });

  it('hands out every file of an order once, in pages of a thousand', async () => {
    const journal = await opened(await newStore());
    const files = Array.from({ length: 2500 }, (_, index) =>
      file(`f${index}`, { size: index % 3, lastModified: new Date(index % 4) }),
    );
    await journal.startScan();
    await journal.recordSeen(files);
    await journal.endScan();
    for (const order of ['smallest', 'newest'] as const) {
      const records: FileRecord[] = [];
      for await (const record of filesIn(journal, { states: ['pending'], order }))
        records.push(record);
      expect(records).toHaveLength(2500);
      expect(records).toEqual([...records].sort(COMPARE[order]));
      expect(new Set(records.map(({ key }) => key)).size).toBe(2500);
    }
  });
}

const nothing = { state: 'deleted', attempts: 0 } as const;

function retirementOf({ retirement }: FileRecord): 'retired' | 'none' {
  return retirement === 'retired' ? 'retired' : 'none';
}
