import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseKey } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type MigrationEvent, migrateTogether, openPostgresJournal } from '../../src/index.js';
import { endpoints, keysOf, temporaryDirectory } from '../fixtures.js';
import { builtFrom } from '../live/modules.js';
import { postgresServer } from '../postgres.js';
import { Participant } from './child.js';
import type { ParticipantSettings } from './participant.js';

const postgres = postgresServer();
const modules = builtFrom(new URL('.', import.meta.url).pathname, ['participant']);

const LONG = { timeout: 60_000 };
const FILES = 60;
const keyOf = (index: number) => `f/${String(index).padStart(3, '0')}`;

/** A source with files, an empty target, a database: for participants in processes of their own, and one in this. */
async function together() {
  const directory = await temporaryDirectory();
  const [source, target] = [join(directory, 'source'), join(directory, 'target')];
  await mkdir(join(source, 'f'), { recursive: true });
  await mkdir(target);
  for (let index = 0; index < FILES; index++)
    await writeFile(join(source, keyOf(index)), `content ${index}`);
  const database = await postgres.database();
  const how = { expiry: 2_000, claimFiles: 20 };
  const open = async () => {
    const journal = await openPostgresJournal({
      ...{ client: database.pool(), endpoints, access: 'share' },
    });
    onTestFinished(() => journal.close());
    return journal;
  };
  return {
    target: new LocalStorageProvider({ root: target }),
    open,
    start: (settings: Partial<ParticipantSettings> = {}) =>
      new Participant(modules('participant'), {
        ...{ url: database.url, source, target, ...how },
        ...settings,
      }),
    /** @param events What it tells. */
    join: async (events: MigrationEvent[] = [], expiry = how.expiry) =>
      migrateTogether({
        ...{ source: new LocalStorageProvider({ root: source }), journal: await open(), ...how },
        expiry,
        target: new LocalStorageProvider({ root: target }),
        onEvent: (event) => void events.push(event),
      }),
  };
}

describe('several processes that migrate together', () => {
  it('finish what one of them that is killed has begun, at once', async () => {
    const { target, start, join } = await together();
    const doomed = start({ holdUpload: keyOf(3), expiry: 600_000 });
    await doomed.until('held');
    const events: MigrationEvent[] = [];
    const other = join(events, 600_000);
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain('scanned'), LONG);
    doomed.signal('SIGKILL');
    expect(await other).toMatchObject({ outcome: 'complete', unresolved: 0 });
    expect(events).toContainEqual({ type: 'put-back', ranges: 1 });
    expect(await keysOf(target)).toHaveLength(FILES);
  });

  it('begin anew when all that were there are killed', async () => {
    const { target, start, join } = await together();
    const doomed = start({ holdUpload: keyOf(3) });
    await doomed.until('held');
    doomed.signal('SIGKILL');
    await doomed.ended();
    expect(await join()).toMatchObject({ outcome: 'complete', unresolved: 0 });
    expect(await keysOf(target)).toHaveLength(FILES);
  });

  it('take over from one that is suspended, which then can write no more', async () => {
    const { target, start, join, open } = await together();
    const held = parseKey(keyOf(3));
    const paused = start({ holdUpload: held });
    await paused.until('held');
    paused.signal('SIGSTOP');
    const events: MigrationEvent[] = [];
    const report = await join(events);
    expect(report.outcome).toBe('complete');
    expect(events).toContainEqual({ type: 'put-back', ranges: 1 });
    const journal = await open();
    expect((await journal.find(held))?.state).toBe('present'); // the other found it there
    const before = await journal.page({ limit: FILES });
    paused.signal('SIGCONT');
    paused.goOn();
    expect(await paused.ended()).toMatchObject({ type: 'ended', outcome: 'complete' });
    expect(await journal.page({ limit: FILES })).toEqual(before);
    expect(await keysOf(target)).toHaveLength(FILES);
  });

  it('begin anew where the one that listed the source is killed', async () => {
    const { start, join } = await together();
    const leader = start({ holdListing: 30 });
    await leader.until('held');
    const events: MigrationEvent[] = [];
    const other = join(events);
    leader.signal('SIGKILL');
    expect(await other).toMatchObject({ outcome: 'complete', files: { copied: { files: FILES } } });
  });

  it('don’t wait for ever for one that is suspended while it lists the source', async () => {
    const { start, join } = await together();
    const leader = start({ holdListing: 30 });
    await leader.until('held');
    leader.signal('SIGSTOP');
    const events: MigrationEvent[] = [];
    expect(await join(events)).toMatchObject({ outcome: 'complete' });
    expect(events[0]).toEqual({ type: 'waiting', reason: 'others-scan' });
    leader.signal('SIGCONT');
    leader.goOn();
    expect(await leader.ended()).toMatchObject({ type: 'failed', message: /connection/ });
  });
});
