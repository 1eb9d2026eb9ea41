import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  isStorageError,
  type ListEntry,
  type ListOptions,
  MemoryStorageProvider,
  type StorageProvider,
} from '@org/storage-core';
import { expect, test } from 'vitest';
import {
  RandomChoices,
  type SimulatedProcess,
  SimulatedStore,
  type SimulatedStoreOptions,
  Simulation,
} from '../../src/simulator/index.js';
import { outcome, outcomes } from './outcomes.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Runs one task beside nothing else. */
async function alone<T>(
  options: Partial<SimulatedStoreOptions>,
  act: (client: StorageProvider, store: SimulatedStore, process: SimulatedProcess) => Promise<T>,
): Promise<{ readonly found: T; readonly trace: readonly string[] }> {
  const simulation = new Simulation(new RandomChoices(1));
  const store = new SimulatedStore(simulation, { name: 'store', etags: 'content', ...options });
  const found = await simulation.settle((process) => act(store.client(process), store, process));
  return { found, trace: simulation.trace };
}

async function listed(client: StorageProvider, options?: ListOptions): Promise<string[]> {
  const entries: ListEntry[] = [];
  for await (const entry of client.list(options)) entries.push(entry);
  return entries.map((entry) => (entry.type === 'file' ? entry.key : entry.prefix));
}

test('the same content has the same ETag again, whatever else differs', async () => {
  const { found } = await alone({ etags: 'content' }, async (client) => {
    const first = await client.upload('k', 'v');
    await client.delete('k');
    const again = await client.upload('k', 'v', { contentType: 'text/html', metadata: { a: 'b' } });
    const other = await client.upload('k', 'w');
    return [first.etag === again.etag, again.etag === other.etag];
  });
  expect(found).toEqual([true, false]);
});

test('with unique ETags, each write has another one, and each write is later', async () => {
  const { found } = await alone({ etags: 'unique' }, async (client) => {
    const first = await client.upload('k', 'v');
    const again = await client.upload('k', 'v');
    return [first.etag === again.etag, first.lastModified < again.lastModified];
  });
  expect(found).toEqual([false, true]);
});

test('what was stored with a file comes back, and goes along with a copy and a move', async () => {
  const options = {
    contentType: 'text/plain',
    cacheControl: 'no-store',
    contentDisposition: 'inline',
    metadata: { a: 'ä' },
    checksums: { sha256: sha256('simulated') },
  } as const;
  const { found } = await alone({}, async (client) => {
    await client.upload('k', 'simulated', { ...options, tags: { t: '1' } });
    await client.copy('k', 'copy');
    await client.move('copy', 'moved');
    return [await client.stat('k'), await client.stat('moved'), await client.tags?.get('moved')];
  });
  const described = { ...options, size: 9 };
  expect(found).toMatchObject([
    { ...described, key: 'k' },
    { ...described, key: 'moved' },
    { t: '1' },
  ]);
});

test('tags are replaced without touching the file', async () => {
  const { found } = await alone({ etags: 'unique' }, async (client) => {
    const before = await client.upload('k', 'v', { tags: { a: '1' } });
    await client.tags?.set('k', { b: '2' });
    return [(await client.stat('k')).etag === before.etag, await client.tags?.get('k')];
  });
  expect(found).toEqual([true, { b: '2' }]);
});

test('checksums are computed where the option says so', async () => {
  const bytes = Buffer.from('v');
  const { found } = await alone({ checksums: true }, (client) => client.upload('k', bytes));
  expect(found.checksums).toEqual({
    crc32: crc32(bytes).toString(16).padStart(8, '0'),
    sha256: sha256('v'),
  });
  const { found: without } = await alone({}, (client) => client.upload('k', bytes));
  expect(without.checksums).toEqual({});
});

test.each([1, 2, 3, 10])('a page of a listing is a step, with pages of %d', async (pageSize) => {
  const { found, trace } = await alone({ pageSize }, async (client, store) => {
    for (const key of ['b/1', 'a', 'b.', 'b/2', 'c', '\u{1f600}', '\uffee']) store.set(key, 'v');
    return listed(client);
  });
  expect(found).toEqual(['a', 'b.', 'b/1', 'b/2', 'c', '\uffee', '\u{1f600}']);
  expect(trace.filter((line) => line.includes('store list'))).toHaveLength(Math.ceil(7 / pageSize));
});

test('a page shows the store at its moment: what comes behind it is seen, what comes before is not', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, { name: 'store', etags: 'content' });
    for (const key of ['b', 'c', 'e']) store.set(key, 'v');
    const [a, b] = [simulation.process('A'), simulation.process('B')];
    const keys: string[] = [];
    a.spawn('list', async () => void keys.push(...(await listed(store.client(a)))));
    b.spawn('change', () =>
      b.step('change', () => {
        for (const key of ['a', 'd']) store.set(key, 'v');
        store.remove('e');
      }),
    );
    return () => keys.join('');
  });
  expect(seen).toEqual(['abcd', 'bcd', 'bce']);
});

test('deleteMany deletes each key in a step of its own', async () => {
  const { found, trace } = await alone({}, async (client, store) => {
    for (const key of ['a', 'b', 'c']) store.set(key, 'v');
    const { deleted, failed } = await client.deleteMany(['a', 'c', 'x', 'a//b']);
    return {
      deleted: [...deleted].sort(),
      failed: failed.map(({ key }) => key),
      left: store.snapshot(),
    };
  });
  expect(found).toEqual({ deleted: ['a', 'c', 'x'], failed: ['a//b'], left: { b: 'v' } });
  expect(trace.filter((line) => line.includes('store delete'))).toHaveLength(3);
});

test('what a store declares not to be able to do is refused', async () => {
  const { found } = await alone(
    { capabilities: { conditionalCreate: 'absent', tags: 'absent' } },
    async (client) => [
      await outcome(client.upload('k', 'v', { condition: { type: 'absent' } })),
      await outcome(client.upload('k', 'v', { tags: { a: '1' } })),
      await outcome(client.upload('k', 'v', { keepParts: true })),
      await outcome(client.stat('k', { versionId: '1' })),
      client.tags,
      client.multipart,
    ],
  );
  expect(found).toEqual([...Array(4).fill('Unsupported'), undefined, undefined]);
});

test('a closed client refuses, and a signal that has fired ends the operation before it began', async () => {
  const { found } = await alone({}, async (client, store) => {
    const signal = AbortSignal.abort();
    const answers = [await outcome(client.upload('k', 'v', { signal }))];
    await client.close();
    answers.push(await outcome(client.stat('k')));
    return [...answers, store.files.size];
  });
  expect(found).toEqual(['Aborted', 'Unavailable', 0]);
});

test('observers are told of each change: the file before and after, and whose it was', async () => {
  const changes: string[] = [];
  await alone({ chunkSize: 2 }, async (client, store) => {
    store.onChange(({ key, before, after, process }) => {
      changes.push(`${process?.name} ${key}: ${before?.content} → ${after?.content}`);
    });
    store.set('k', 'a');
    await client.upload('k', 'b');
    await client.copy('k', 'l');
    store.overwriteInPlace('k', 'c');
    await client.delete('k');
    await client.delete('k');
    store.remove('l');
  });
  expect(changes).toEqual([
    'undefined k: undefined → a',
    'settle k: a → b',
    'settle l: undefined → b',
    'undefined k: b → c',
    'settle k: c → undefined',
    'undefined l: b → undefined',
  ]);
});

/** The same calls on two providers give the same, but for what names a version. */
async function differential(client: StorageProvider, seed: number): Promise<unknown[]> {
  const choices = new RandomChoices(seed);
  const below = (limit: number) => choices.pick(limit, 'next step');
  const oneOf = <T>(list: readonly [T, ...T[]]): T => list[below(list.length)] ?? list[0];
  const key = () => oneOf(['a', 'a/b', 'b', 'b.c']);
  const etags: Parameters<NonNullable<StorageProvider['upload']>>[2][] = [{}];
  const match = () => {
    const found = oneOf([undefined, ...etags])?.condition;
    return found?.type === 'match' ? { condition: found } : {};
  };
  const anyCondition = () =>
    below(3) === 0 ? { condition: { type: 'absent' } as const } : match();
  const log: unknown[] = [];
  const told = async (call: Promise<unknown>) => {
    try {
      const result = await call;
      if (typeof result === 'object' && result !== null && 'etag' in result) {
        const {
          size,
          key: name,
          contentType,
          etag,
        } = result as Awaited<ReturnType<StorageProvider['stat']>>;
        etags.push({ condition: { type: 'match', etag } });
        log.push({ size, name, contentType });
      } else log.push(result);
    } catch (error) {
      log.push(isStorageError(error) ? [error.operation, error.code] : error);
    }
  };
  const body = async (name: string) => {
    const range = oneOf([undefined, { start: 1 }, { start: 0, end: 1 }, { suffix: 2 }]);
    const { body, range: found } = await client.download(name, { ...match(), range });
    return [Buffer.concat(await body.toArray()).toString(), found];
  };
  for (let i = 0; i < 60; i++) {
    const name = key();
    await told(
      oneOf([
        () => client.upload(name, oneOf(['', 'x', 'yz', 'long']), anyCondition()),
        () => client.upload(name, oneOf(['x', 'yz'])),
        () => client.delete(name, match()),
        () => client.stat(name),
        () => client.exists(name),
        () => body(name),
        () => client.copy(name, key(), anyCondition()),
        () => client.move(name, key(), anyCondition()),
        () => listed(client, { prefix: oneOf(['', 'a', 'b']), delimiter: oneOf([undefined, '/']) }),
        () => listed(client, { startAfter: key() }),
      ])(),
    );
  }
  return log;
}

test('it answers as the provider in memory does, to thousands of calls', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const { found } = await alone({ checksums: true, chunkSize: 2 }, (client) =>
      differential(client, seed),
    );
    expect(found).toEqual(await differential(new MemoryStorageProvider(), seed));
  }
});
