import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseKey } from '@org/storage-core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { bundledModule } from '../../../testkit/test/bundled-module.js';
import { endpoints } from '../fixtures.js';
import { file, type JournalStore, opened, scan, states } from './store.js';

/** Who may open a journal, and what outlives the process that wrote it. */
export function testOpening(newStore: () => Promise<JournalStore>): void {
  const bundle = bundledModule(new URL('../../src/index.ts', import.meta.url), 'migration');

  /** A process that works with the journal. It is killed when the test ends, if it was not before. */
  function child({ expression }: JournalStore, script: string) {
    const code = `
      import { createRequire } from 'node:module';
      import * as migration from ${JSON.stringify(bundle.url.href)};
      const require = createRequire(${JSON.stringify(import.meta.url)});
      const journal = await ${expression};
      ${script}`;
    const process_ = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void process_.kill('SIGKILL'));
    return process_;
  }

  it('finds what was written before, for the same migration only', async () => {
    const store = await newStore();
    const first = await store.open({ endpoints });
    await scan(first, file('a'));
    await first.close();
    const other = { source: 'elsewhere', target: 'b' };
    await expect(store.open({ endpoints: other })).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('from a to b'),
    });
    const again = await opened(store, {});
    expect(again.endpoints).toEqual(endpoints);
    expect(await states(again)).toEqual({ a: 'pending' });
  });

  it('is refused if it is new and nobody says what is migrated', async () => {
    const store = await newStore();
    await expect(store.open({})).rejects.toMatchObject({ code: 'InvalidArgument' });
    await expect((await store.open({ endpoints })).close()).resolves.toBeUndefined();
  });

  it('is refused to a second worker, but not to an onlooker', async () => {
    const store = await newStore();
    const worker = await opened(store);
    await scan(worker, file('a'));
    await expect(store.open({ endpoints })).rejects.toMatchObject({
      code: 'Conflict',
      retryable: false,
      message: expect.stringContaining('another process'),
    });
    const onlooker = await opened(store, { access: 'look' });
    expect(onlooker.endpoints).toEqual(endpoints);
    expect(await states(onlooker)).toEqual({ a: 'pending' });
    await worker.recordResult(parseKey('a'), { state: 'copied', attempts: 1 });
    expect(await states(onlooker)).toEqual({ a: 'copied' });
  });

  it('can be worked with again as soon as it was closed, and holds what was asked for before', async () => {
    const store = await newStore();
    for (const index of [0, 1, 2]) {
      const journal = await store.open({ endpoints });
      const written = journal.recordSeen([file(`f${index}`)]);
      await journal.close();
      await written;
    }
    expect(await states(await opened(store))).toEqual({
      ...{ f0: 'pending', f1: 'pending', f2: 'pending' },
    });
  });

  it('is neither read nor written once it was closed, and leaves itself to others', async () => {
    const store = await newStore();
    const journal = await store.open({ endpoints });
    await journal.close();
    await expect(journal.startRun('migrate')).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(journal.control()).rejects.toMatchObject({ code: 'Unavailable' });
    await journal.close();
    expect(await (await opened(store)).runs()).toEqual([]);
  });

  it('is not there to be looked at before it was worked with', async () => {
    const store = await newStore();
    await expect(store.open({ endpoints, access: 'look' })).rejects.toMatchObject({
      code: 'NotFound',
    });
  });

  it('of many that open a new one at once, one does', async () => {
    const store = await newStore();
    const others = ['a', 'b', 'c', 'd', 'e'].map((source) => ({ source, target: 't' }));
    const openings = await Promise.allSettled(others.map((endpoints) => store.open({ endpoints })));
    const journals = openings.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
    const errors = openings.flatMap((o) => (o.status === 'rejected' ? [o.reason] : []));
    expect(journals).toHaveLength(1);
    expect(errors.map(({ code }) => code)).toEqual(Array(4).fill('Conflict'));
    const [winner] = journals;
    await winner?.close();
    expect((await opened(store, {})).endpoints).toEqual(winner?.endpoints);
  });

  it('holds all that a process had been told is written when it was killed, and can be worked with', async () => {
    const store = await newStore();
    const writer = child(
      store,
      `const file = (key) => ({ type: 'file', key, size: 1, etag: 'e', lastModified: new Date(0) });
       await journal.startScan();
       for (let round = 0; ; round++) await Promise.all([0, 1, 2, 3].map(async (lane) => {
         const key = \`\${round}-\${lane}\`;
         await journal.recordSeen([file(key), file(key + '+')]);
         await journal.recordResult(key, { state: 'copied', attempts: 1 });
         console.log(key);
       }));`,
    );
    const told: string[] = [];
    for await (const line of createInterface(writer.stdout)) {
      told.push(line);
      if (told.length === 200) writer.kill('SIGKILL');
    }
    const journal = await vi.waitFor(() => store.open({}), { timeout: 10_000 });
    onTestFinished(() => journal.close());
    expect(told.length).toBeGreaterThanOrEqual(200);
    for (const key of told) {
      expect(await journal.find(parseKey(key))).toMatchObject({ state: 'copied' });
      expect(await journal.find(parseKey(`${key}+`))).toMatchObject({ state: 'pending' });
    }
    const { pending, copied } = await journal.totals();
    expect(pending.files).toBeGreaterThanOrEqual(copied.files); // both of a pair were seen at once
    expect(pending.files - copied.files).toBeLessThanOrEqual(8);
  });

  it('is refused while another process works with it, and possible once that was killed', async () => {
    const store = await newStore();
    const holder = child(store, `console.log('open'); setInterval(() => {}, 1000);`);
    await once(holder.stdout, 'data');
    await expect(store.open({ endpoints })).rejects.toMatchObject({ code: 'Conflict' });
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    await vi.waitFor(async () => (await store.open({ endpoints })).close(), { timeout: 10_000 });
  });
}
