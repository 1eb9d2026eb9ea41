import { StorageError } from '@org/storage-core';
import type { Journal } from '@org/storage-migration';
import { expect, it } from 'vitest';
import { JournalLook } from '../../src/server/migration/journal-look.js';
import { sqliteJournal } from '../../src/server/migration/journal-place.js';
import { Lab } from './lab.js';

it('is opened once, as soon as it is there and can be had', async () => {
  const lab = await Lab.open();
  try {
    const place = sqliteJournal(lab.journal, lab.endpoints());
    let broken = false;
    const seen: (Journal | undefined)[] = [];
    const look = new JournalLook({
      ...place,
      async look() {
        if (broken) throw new StorageError('Unavailable', 'the disk is away');
        const journal = await place.look();
        seen.push(journal);
        return journal;
      },
    });
    expect(await look.open()).toBeUndefined();
    await (await place.work()).close();
    broken = true;
    await expect(look.open()).rejects.toThrow('the disk is away');
    broken = false;
    const [one, other] = await Promise.all([look.open(), look.open()]);
    expect(one).toBe(other);
    expect(await look.find((journal) => journal.runs(), undefined)).toEqual([]);
    expect(seen).toEqual([undefined, one]);
    await look.close();
  } finally {
    await lab.close();
  }
});

it('takes limits before there is anything to look at, and changes nothing else', async () => {
  const lab = await Lab.open();
  try {
    const look = new JournalLook(sqliteJournal(lab.journal, lab.endpoints()));
    await look.setControl({ concurrency: 3 });
    await look.setControl({ bandwidth: 5_000 });
    await look.setControl({ paused: true });
    expect(await look.find((journal) => journal.control(), undefined)).toEqual({
      ...{ paused: true, concurrency: 3, bandwidth: 5_000 },
    });
    await look.close();
  } finally {
    await lab.close();
  }
});
