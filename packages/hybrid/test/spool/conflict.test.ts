import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Conflict, SpooledStorageProvider } from '../../src/index.js';
import { openStores, textOf } from './stores.js';

let stores: Awaited<ReturnType<typeof openStores>>;
let root: string;

beforeEach(async () => {
  stores = await openStores();
  root = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(async () => {
  await stores.close();
  await rm(root, { recursive: true });
});

/** Two hosts, each with a disk of its own. */
function hosts() {
  const [one, two] = [
    stores.process({ shared: false }),
    stores.process({ shared: false, store: new LocalStorageProvider({ root }) }),
  ];
  return { one: one.provider, two: two.provider, disk: one.store };
}

async function conflictsOf(provider: SpooledStorageProvider): Promise<Conflict[]> {
  const found: Conflict[] = [];
  for await (const conflict of provider.conflicts()) found.push(conflict);
  return found;
}

describe('hosts that do not share the spool’s disk', () => {
  it('lose nothing where both wrote the same key: the one that was there is kept aside', async () => {
    const { one, two, disk } = hosts();
    const outage = stores.outage();
    await one.upload('ä\u0001', 'of one');
    await two.upload('ä\u0001', 'of two', { metadata: { by: 'two' } });
    outage.remove();
    await two.drain();
    expect(await one.drain()).toMatchObject({ drained: 1 });
    expect(await textOf(stores.target, 'ä\u0001')).toBe('of one');
    expect(await conflictsOf(two)).toEqual([]);
    const [conflict, ...more] = await conflictsOf(one);
    expect(more).toEqual([]);
    expect(conflict).toMatchObject({ key: 'ä\u0001', size: 6 });
    expect(await textOf(disk, conflict?.kept ?? '')).toBe('of two');
    expect((await disk.stat(conflict?.kept ?? '')).metadata).toMatchObject({ by: 'two' });
    expect(await one.status()).toMatchObject({ entries: 0 });
  });
  it('keep nothing of what the writer had seen before the outage', async () => {
    const { one } = hosts();
    await one.upload('written', 'old');
    await stores.target.upload('read', 'old');
    await one.stat('read');
    await stores.target.upload('opened', 'old');
    await textOf(one, 'opened');
    await one.exists('missing');
    const keys = ['written', 'read', 'opened', 'missing'];
    const { provider: other } = stores.process({ shared: false }); // on the same disk, and it has seen nothing
    const outage = stores.outage();
    for (const key of keys) {
      await one.upload(key, 'new');
      await other.upload(key, 'newer', { metadata: { a: 'b' } });
    }
    expect((await one.stat('read')).metadata).toEqual({ a: 'b' });
    outage.remove();
    expect(await one.drain()).toMatchObject({ drained: 4 });
    expect(await conflictsOf(one)).toEqual([]);
    expect(await textOf(stores.target, 'read')).toBe('newer');
  });
  it('keep what came into the target after the writer had looked', async () => {
    const { one, two } = hosts();
    await one.upload('a', 'old');
    await one.exists('b');
    const outage = stores.outage();
    for (const key of ['a', 'b']) await one.upload(key, 'new');
    outage.remove();
    for (const key of ['a', 'b']) await two.upload(key, 'of two');
    await one.drain();
    expect(await textOf(stores.target, 'a')).toBe('new');
    expect((await conflictsOf(one)).map(({ key }) => key).sort()).toEqual(['a', 'b']);
  });
  it('keep what nobody had looked at: it may be newer', async () => {
    const { one } = hosts();
    await stores.target.upload('a', 'unseen');
    const outage = stores.outage();
    await one.upload('a', 'new');
    outage.remove();
    await one.drain();
    expect(await conflictsOf(one)).toMatchObject([{ key: 'a', size: 6 }]);
    expect(await textOf(stores.target, 'a')).toBe('new');
  });
});

describe('writers that share the spool’s disk', () => {
  it('have no conflicts: the entry is the newest', async () => {
    const { provider } = stores.process();
    await stores.target.upload('a', 'unseen');
    const outage = stores.outage();
    await provider.upload('a', 'new');
    outage.remove();
    await provider.drain();
    expect(await conflictsOf(provider)).toEqual([]);
    expect(await textOf(stores.target, 'a')).toBe('new');
  });
});
