import { join } from 'node:path';
import { type ETag, parseKey, type StorageProvider } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type DiskJournals,
  migrate,
  openPostgresJournal,
  openSqliteJournal,
  revertRun,
} from '../src/index.js';
import { fleetWithDisks } from './disks.js';
import { altered, contentOf, keysOf, temporaryDirectory } from './fixtures.js';
import { postgresServer } from './postgres.js';

const postgres = postgresServer();

const fleet = () => fleetWithDisks(postgres.shared().pool({ max: 8 }));

/** The same store, in which every file has the same ETag. */
function withETag(provider: StorageProvider, etag: ETag): StorageProvider {
  return altered(provider, {
    stat: async (key, options) => ({ ...(await provider.stat(key, options)), etag }),
    async download(key, options) {
      const { metadata, body } = await provider.download(key, options);
      return { metadata: { ...metadata, etag }, body };
    },
    async *list(options) {
      for await (const entry of provider.list(options))
        yield entry.type === 'file' ? { ...entry, etag } : entry;
    },
  });
}

describe('the same key on two disks', () => {
  const key = parseKey('k');

  it('is a conflict if the files differ, of which nothing is dropped', async () => {
    const { disk, target } = await fleet();
    const [web1, web2] = [
      await disk('web1', { k: 'one', a: '1' }),
      await disk('web2', { k: 'two', b: '2' }),
    ];
    await Promise.all([web1.copy(), web2.copy()]);
    const states = await Promise.all([web1.journal.find(key), web2.journal.find(key)]);
    expect(states.map((file) => file?.state).sort()).toEqual(['conflict', 'copied']);
    const [second] = states.filter((file) => file?.state === 'conflict');
    expect(second?.error?.message).toMatch(/the disk web1/);
    expect(second?.error?.message).toMatch(/the disk web2/);
    for (const { retire } of [web1, web2]) await retire();
    const left = [...(await keysOf(web1.source)), ...(await keysOf(web2.source))];
    expect(left).toEqual(['k']);
    expect(await keysOf(target)).toEqual(['a', 'b', 'k']);
    for (const each of [web1, web2]) await each.look();
    for (const each of [web1, web2]) expect((await each.look()).open).toBe(false);
  });

  it('is there already if they are the same', async () => {
    const { disk } = await fleet();
    const [web1, web2] = [await disk('web1', { k: 'same' }), await disk('web2', { k: 'same' })];
    for (const { copy, retire } of [web1, web2]) {
      await copy();
      await retire();
    }
    const states = await Promise.all([web1.journal.find(key), web2.journal.find(key)]);
    expect(states.map((file) => file?.state)).toEqual(['copied', 'present']);
    for (const { look } of [web1, web2]) await look();
    expect((await web1.look()).open).toBe(true);
  });

  it('is a conflict although the files have the same ETag by chance', async () => {
    const { disk, target } = await fleet();
    const [web1, web2] = [await disk('web1', { k: 'one' }), await disk('web2', { k: 'two' })];
    for (const { source, journal } of [web1, web2])
      await migrate({ source: withETag(source, 'x' as ETag), target, journal, live: true });
    expect(await web2.journal.find(key)).toMatchObject({ state: 'conflict' });
  });

  it('is a conflict although one was copied while nothing worked on the stores', async () => {
    const { disk } = await fleet();
    const [web1, web2] = [await disk('web1', { k: 'one' }), await disk('web2', { k: 'two' })];
    await migrate(web1);
    await web2.copy();
    expect(await web2.journal.find(key)).toMatchObject({ state: 'conflict' });
    const again = await disk('web3', { k: 'three' });
    await migrate(again);
    expect((await again.journal.find(key))?.error?.message).toMatch(/web1.*web3/);
  });

  it('is taken for its own copy by the disk that it came from', async () => {
    const { disk } = await fleet();
    const web1 = await disk('web1', { k: 'one' });
    await web1.copy();
    await web1.journal.recordResult(key, { state: 'failed', attempts: 1 }); // the answer was lost
    await web1.copy();
    const { state } = (await web1.journal.find(key)) ?? {};
    expect(['copied', 'present']).toContain(state);
  });

  it('is superseded on all of them by what the application writes', async () => {
    const { disk, target } = await fleet();
    const [web1, web2] = [await disk('web1', { k: 'one' }), await disk('web2', { k: 'two' })];
    const { source } = web1;
    const storage = new HybridStorageProvider({ source, target, mode: 'hybrid', handedOver: true });
    onTestFinished(() => storage.close());
    await storage.upload('k', 'new');
    await Promise.all([web1.copy(), web2.copy()]);
    expect(await web2.journal.find(key)).toMatchObject({ state: 'superseded' });
    expect(await contentOf(target, 'k')).toBe('new');
  });
});

describe('copies of a disk', () => {
  async function copied() {
    const made = await fleet();
    const web1 = await made.disk('web1', { k: 'one', l: 'two' });
    await web1.copy();
    const [{ id: run } = { id: '' }] = await web1.journal.runs(1);
    const { journals } = made;
    const takeBack = (disks: DiskJournals | undefined = journals) =>
      revertRun({ ...web1, run, disks, applicationStopped: true });
    return { ...made, web1, run, takeBack };
  }

  it('are taken back while the application is stopped, but for what it has written anew', async () => {
    const { web1, run, target, journals, takeBack } = await copied();
    const beside = { ...web1, run, disks: journals, drain: 0, handedBack: true } as const;
    await expect(revertRun(beside)).rejects.toMatchObject({ code: 'Unsupported' });
    await target.upload('k', 'one'); // the same bytes, from another host, which lacks them
    expect(await takeBack()).toMatchObject({ counts: { reverted: 1, superseded: 1 } });
    expect(await keysOf(target)).toEqual(['k']);
    expect(await keysOf(web1.source)).toContain('l');
  });

  it('are not taken back where another disk may go by them, or can’t be seen', async () => {
    const { disk, target, web1, run, takeBack } = await copied();
    await expect(revertRun({ ...web1, run, applicationStopped: true })).rejects.toMatchObject({
      code: 'Unsupported',
    });
    const web2 = await disk('web2', { k: 'one' });
    await web2.copy();
    await web2.retire();
    await expect(takeBack()).rejects.toThrow(/1 file of the disk web2/);
    expect(await keysOf(target)).toEqual(['k', 'l']);
  });
});

describe('the name of a disk', () => {
  it('is in the schema of its journal, and found there', async () => {
    const { client, schema, open, journals } = await fleet();
    const ids = ['web-1', 'web-2'].map((name) => ({ name, id: name }));
    const [web1] = [
      await open({ name: 'web-1', id: 'web-1' }),
      await open({ name: 'web-2', id: 'web-2' }),
    ];
    expect(web1.place).toContain(`(schema ${schema}__web_1)`);
    await client.query(
      `CREATE SCHEMA "${schema}__else"; CREATE TABLE "${schema}__else".endpoints (x int)`,
    );
    await client.query(`CREATE SCHEMA "${schema}__""; x"`);
    expect((await journals.list()).map(({ disk }) => disk)).toEqual(ids);
    const journal = await journals.open('web-2');
    expect(journal.endpoints.source).toBe('web-2:/files');
    await journal.close();
    await expect(journals.open('web-3')).rejects.toMatchObject({ code: 'NotFound' });
  });

  it.each(['', 'Web', 'a_b', 'a--b', '-a', 'a.b', 'ä', 'a"b'])('is not %j', async (name) => {
    const { open } = await fleet();
    await expect(open({ name })).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('is not too long for a schema', async () => {
    const { open } = await fleet();
    await expect(open({ name: 'x'.repeat(60) })).rejects.toThrow(/shorter name/);
  });

  it('is that of one disk, and each disk has one', async () => {
    const { open } = await fleet();
    await (await open({ name: 'web1', id: 'the first' })).close();
    await expect(open({ name: 'web1', id: 'the second' })).rejects.toThrow(/another disk.*web1/);
    await expect(open({ name: 'web1' })).rejects.toThrow(/another disk.*web1/);
    await expect(open({ name: 'web2', id: 'the first' })).rejects.toThrow(/is the disk web1/);
    await open({ name: 'web1', id: 'the first' });
  });

  it('is of one migration, and of none without disks', async () => {
    const { client, schema, open } = await fleet();
    await open({ name: 'web1' });
    const disk = { name: 'web2' };
    const elsewhere = { source: 'web2:/files', target: 'elsewhere', disk };
    await expect(openPostgresJournal({ client, schema, endpoints: elsewhere })).rejects.toThrow(
      /goes to target, not to elsewhere/,
    );
    const without = { source: '/files', target: 'target' };
    await expect(openPostgresJournal({ client, schema, endpoints: without })).rejects.toThrow(
      /has disks: name the one \(web1\)/,
    );
    const other = { client, schema: `${schema}_plain` };
    await (await openPostgresJournal({ ...other, endpoints: without })).close();
    const named = { source: 'web1:/files', target: 'target', disk };
    await expect(openPostgresJournal({ ...other, endpoints: named })).rejects.toThrow(
      /a migration without disks/,
    );
  });

  it('is seen by the gate to be one of two that a disk has', async () => {
    const { client, schema, done } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await done('web2', { b: '2' })];
    await web2.look();
    await client.query(`UPDATE ${schema}__web2.endpoints SET disk_id = 'id of web1'`);
    const { disks } = await web1.look();
    expect(disks[0]).toMatchObject({
      holds: false,
      evidence: expect.stringContaining('web1 as well'),
    });
    await client.query(`UPDATE ${schema}__web2.endpoints SET disk_id = NULL, target = 'elsewhere'`);
    expect((await web1.look()).disks[0]).toMatchObject({
      holds: false,
      evidence: expect.stringContaining('another migration'),
    });
  });

  it('is kept by a journal in a file as well', async () => {
    const file = join(await temporaryDirectory(), 'journal.sqlite');
    const opened = (id: string) =>
      openSqliteJournal({
        file,
        endpoints: { source: 'web1:/files', target: 't', disk: { name: 'web1', id } },
      });
    const journal = await opened('x');
    expect(journal.endpoints.disk).toEqual({ name: 'web1', id: 'x' });
    await journal.close();
    await expect(opened('y')).rejects.toThrow(/another disk/);
  });
});
