import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { Dice } from '../../../migration/test/live/dice.js';
import { HistoryFile, now } from '../../../migration/test/live/history-file.js';
import { temporaryDirectory } from '../fixtures.js';
import { Deck } from './deck.js';
import { firstValueOf, keyOf } from './files.js';
import { judge } from './judge.js';

const KEY = keyOf(1);

/** The histories of two processes. */
async function twoHistories() {
  const home = await temporaryDirectory();
  const recorded = ['one', 'two'].map((process) => ({ process, path: join(home, process) }));
  for (const { path } of recorded) appendFileSync(path, '');
  const [one, two] = recorded.map(({ path }) => new HistoryFile(path));
  if (one === undefined || two === undefined) throw new Error('there are two');
  return { one, two, recorded };
}

const away = () => Promise.reject(new StorageError('Unavailable', 'the server is away'));

const conflict = () => Promise.reject(new StorageError('Conflict', 'others work on it'));

describe('the judge of a rehearsal', () => {
  it('accepts what one order of operations explains, with errors while there was trouble', async () => {
    const { one, two, recorded } = await twoHistories();
    const began = now();
    await one.record({ kind: 'write', key: KEY, value: 'lost?' }, away).catch(() => {});
    const outage = { codes: ['Unavailable'], began, ended: now() } as const;
    await two.record({ kind: 'read', key: KEY }, async () => firstValueOf(1));
    await one.record({ kind: 'write', key: KEY, value: 'new' }, async () => undefined);
    await two.record({ kind: 'read', key: KEY }, async () => 'new');
    const update = { kind: 'update', key: KEY, from: 'new', value: 'newer' } as const;
    await two.record(update, conflict).catch(() => {});
    await two.recordListing('', async () => [keyOf(0), keyOf(1)]);
    expect(await judge(2, recorded, [outage])).toEqual({
      ...{ operations: 5, unanswered: 2, failed: 1, listings: 1, keys: 2 },
    });
  });

  it('sees a write that is lost', async () => {
    const { one, two, recorded } = await twoHistories();
    await one.record({ kind: 'write', key: KEY, value: 'new' }, async () => undefined);
    await two.record({ kind: 'read', key: KEY }, async () => firstValueOf(1));
    await expect(judge(2, recorded, [])).rejects.toThrow(`on ${KEY} explains what the clients saw`);
  });

  it('sees a deleted file that comes back', async () => {
    const { one, two, recorded } = await twoHistories();
    await one.record({ kind: 'delete', key: KEY }, async () => undefined);
    await two.recordListing('', async () => [keyOf(0), KEY]);
    await expect(judge(2, recorded, [])).rejects.toThrow(`on ${KEY} explains what the clients saw`);
  });

  it('sees that a file which nobody has changed is another', async () => {
    const { one, recorded } = await twoHistories();
    for (let i = 0; i < 40; i++)
      await one.record({ kind: 'read', key: KEY }, async () => firstValueOf(1));
    await judge(2, recorded, []);
    await one.record({ kind: 'read', key: KEY }, async () => undefined);
    await expect(judge(2, recorded, [])).rejects.toThrow(`on ${KEY} explains what the clients saw`);
  });

  it('sees an error without a reason', async () => {
    const { one, recorded } = await twoHistories();
    const before = { codes: ['Unavailable'], began: now(), ended: now() } as const;
    await one.record({ kind: 'read', key: KEY }, away).catch(() => {});
    const other = { codes: ['Conflict'], began: before.began, ended: now() } as const;
    await expect(judge(2, recorded, [before, other])).rejects.toThrow(
      '1 operations have failed without a reason',
    );
  });
});

it('no key is dealt for work twice, nor looked at again too often', () => {
  const deck = new Deck(400, new Dice(1));
  const worked = new Map<string, number>();
  const looked = new Map<string, number>();
  const count = (keys: readonly string[], of: Map<string, number>) => {
    for (const key of keys) of.set(key, (of.get(key) ?? 0) + 1);
  };
  for (let i = 0; i < 300; i++) {
    const { keys, looks, moves } = deck.next(3, i % 2 === 0 ? undefined : keyOf(i));
    count([...keys, ...moves.flat().map(({ from }) => from)], worked);
    count(looks, looked);
  }
  expect(new Set(worked.values())).toEqual(new Set([1]));
  expect(Math.max(...looked.values())).toBe(2);
});
