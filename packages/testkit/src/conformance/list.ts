import assert from 'node:assert/strict';
import type { ListOptions, StorageProvider } from '@org/storage-core';
import { openDescriptors } from './descriptors.js';
import { eventually, inParallel, listAll, listNames, nameOf } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { HOSTILE_KEYS } from './hostile-keys.js';
import { inByteOrder, referenceListing } from './reference-listing.js';

const UPLOADS_AT_ONCE = 16;
const LISTINGS_LET_GO = 50;
const DESCRIPTORS_ALLOWED = 20;

const PREFIXES: readonly string[] = [
  '',
  'a',
  'a/',
  'a/b',
  'a-',
  'A',
  'order/',
  'deep/a/b/c/d/e/f',
  'order/\ue000',
  'caf',
  'percent%2',
  '.',
  '..',
  ' ',
  'k',
];

/** Texts that no key begins with, some of which lead out of a folder when taken for a path. */
const NO_PREFIXES: readonly string[] = ['/', '../', './', 'a//', 'a/../', 'none', 'plain.txt/'];

async function store(provider: StorageProvider, keys: readonly string[]): Promise<void> {
  await inParallel(keys, UPLOADS_AT_ONCE, (key) => provider.upload(key, key));
}

async function storeHostileKeys({ provider, limits }: ConformanceContext): Promise<string[]> {
  const keys = HOSTILE_KEYS.filter((key) => !limits.refuses?.(key));
  await store(provider, keys);
  return keys;
}

async function assertListing(
  provider: StorageProvider,
  keys: readonly string[],
  options: ListOptions = {},
): Promise<void> {
  const { signal: _, ...shown } = options;
  assert.deepEqual(
    await listNames(provider, options),
    referenceListing(keys, options),
    `list(${JSON.stringify(shown)})`,
  );
}

/** A listing that is resumed after each of its entries, and at texts that are none. */
async function resumesEverywhere(
  context: ConformanceContext,
  keys: readonly string[],
  options: ListOptions,
): Promise<void> {
  const whole = referenceListing(keys, options);
  const between = ['\u0001', 'a/a', 'b', 'order', 'order/', 'order0', '\u{10ffff}', 'zzz'];
  await inParallel([...whole, ...between], 8, (startAfter) =>
    assertListing(context.provider, keys, { ...options, startAfter }),
  );
}

export const listCases: readonly ConformanceCase[] = [
  {
    name: 'the listing of an empty store is empty',
    async run({ provider }) {
      for (const options of [
        undefined,
        {},
        { prefix: 'a' },
        { prefix: 'a/b/', delimiter: '/' },
        { delimiter: '/', startAfter: 'a' },
      ] as const) {
        assert.deepEqual(await listAll(provider, options), []);
      }
    },
  },
  {
    name: 'files are listed in the order of the UTF-8 bytes of their keys, each once',
    async run(context) {
      const keys = await storeHostileKeys(context);
      assert.deepEqual(await listNames(context.provider), inByteOrder(keys));
    },
  },
  {
    name: 'a listed file has its size, ETag and time',
    async run(context) {
      await storeHostileKeys(context);
      for (const entry of await listAll(context.provider)) {
        assert.ok(entry.type === 'file', 'without a delimiter there are only files');
        const { etag, size, lastModified } = await context.provider.stat(entry.key);
        assert.deepEqual({ etag: entry.etag, size: entry.size }, { etag, size }, entry.key);
        const seconds = (time: Date) => Math.floor(time.getTime() / 1000);
        assert.equal(seconds(entry.lastModified), seconds(lastModified), entry.key);
      }
    },
  },
  {
    name: 'a prefix selects the keys that begin with it, also within a segment',
    async run(context) {
      const keys = await storeHostileKeys(context);
      for (const prefix of PREFIXES) await assertListing(context.provider, keys, { prefix });
      for (const prefix of keys) await assertListing(context.provider, keys, { prefix });
    },
  },
  {
    name: 'a prefix that no key can have selects nothing',
    async run(context) {
      await storeHostileKeys(context);
      for (const prefix of NO_PREFIXES) {
        for (const options of [{ prefix }, { prefix, delimiter: '/' }] as const) {
          assert.deepEqual(await listAll(context.provider, options), [], prefix);
        }
      }
    },
  },
  {
    name: 'a delimiter groups keys, and groups are in order among the files',
    async run(context) {
      const keys = await storeHostileKeys(context);
      for (const prefix of [...PREFIXES, 'a/b/', '👩']) {
        await assertListing(context.provider, keys, { prefix, delimiter: '/' });
      }
      for (const entry of await listAll(context.provider, { delimiter: '/' })) {
        assert.equal(nameOf(entry).endsWith('/'), entry.type === 'prefix', nameOf(entry));
      }
    },
  },
  {
    name: 'startAfter resumes a listing exactly after any of its entries',
    async run(context) {
      const keys = await storeHostileKeys(context);
      await resumesEverywhere(context, keys, {});
    },
  },
  {
    name: 'startAfter resumes a listing with a prefix exactly after any of its entries',
    async run(context) {
      const keys = await storeHostileKeys(context);
      for (const prefix of ['a', 'a/', 'order/', 'k']) {
        await resumesEverywhere(context, keys, { prefix });
      }
    },
  },
  {
    name: 'startAfter resumes a listing with a delimiter exactly after any of its entries',
    async run(context) {
      const keys = await storeHostileKeys(context);
      await resumesEverywhere(context, keys, { delimiter: '/' });
      await resumesEverywhere(context, keys, { prefix: 'a', delimiter: '/' });
    },
  },
  {
    name: 'startAfter within a group leaves the group out, since its prefix sorts before',
    async run({ provider }) {
      const keys = ['a/b', 'a/c', 'a/d', 'b'];
      await store(provider, keys);
      const options = { delimiter: '/', startAfter: 'a/b' } as const;
      assert.deepEqual(await listNames(provider, options), ['b']);
      const at = { delimiter: '/', startAfter: 'a/' } as const;
      assert.deepEqual(await listNames(provider, at), ['b']);
      const before = { delimiter: '/', startAfter: 'a' } as const;
      assert.deepEqual(await listNames(provider, before), ['a/', 'b']);
    },
  },
  {
    name: 'more files than fit a page are listed, each once and in order, and resumed anywhere',
    async run({ provider, manyFiles }) {
      const keys = Array.from({ length: manyFiles }, (_, i) => `many/${i % 10}/${i}`);
      await store(provider, keys);
      const ordered = inByteOrder(keys);
      await assertListing(provider, keys);
      await assertListing(provider, keys, { prefix: 'many/3' });
      await assertListing(provider, keys, { prefix: 'many/', delimiter: '/' });
      for (const at of [0, 1, Math.floor(manyFiles / 2), manyFiles - 2, manyFiles - 1]) {
        const startAfter = ordered[at] ?? '';
        assert.deepEqual(await listNames(provider, { startAfter }), ordered.slice(at + 1));
      }
    },
  },
  {
    name: 'more groups than fit a page are listed, each once and in order',
    async run({ provider, manyFiles }) {
      const keys = Array.from({ length: manyFiles }, (_, i) => `${i}/file`);
      const all = [...keys, '1/another', '1-', '1.5', 'last'];
      await store(provider, all);
      await assertListing(provider, all, { delimiter: '/' });
    },
  },
  {
    name: 'what exists throughout a listing is in it once, whatever comes and goes meanwhile',
    async run({ provider }) {
      const staying = Array.from({ length: 100 }, (_, i) => `folder-${i % 5}/${i}`);
      const going = staying.map((key) => `${key}-goes`);
      await store(provider, [...staying, ...going]);
      const seen: string[] = [];
      for await (const entry of provider.list()) {
        const i = seen.push(nameOf(entry));
        const gone = going[i];
        if (gone !== undefined) {
          await provider.delete(gone);
          await provider.upload(`folder-${i % 7}/${i}-comes`, 'x');
        }
      }
      assert.deepEqual(seen, inByteOrder([...new Set(seen)]), 'the order of the listing');
      const stayed = new Set(staying);
      assert.deepEqual(
        seen.filter((name) => stayed.has(name)),
        inByteOrder(staying),
      );
    },
  },
  {
    name: 'a listing that is left early frees what it held',
    async run({ provider }) {
      await store(
        provider,
        Array.from({ length: 30 }, (_, i) => `a/b/c/${i}`),
      );
      const before = openDescriptors();
      for (let i = 0; i < LISTINGS_LET_GO; i++) {
        for await (const entry of provider.list()) {
          assert.equal(nameOf(entry), 'a/b/c/0');
          break;
        }
      }
      const held = () => (openDescriptors() ?? 0) - (before ?? 0);
      await eventually(
        () => held() <= DESCRIPTORS_ALLOWED,
        `descriptors are still open after ${LISTINGS_LET_GO} listings were left`,
      );
    },
  },
  {
    name: 'nothing is skipped where all is in order',
    async run(context) {
      const keys = await storeHostileKeys(context);
      const skipped: unknown[] = [];
      const names = await listNames(context.provider, { onSkip: (entry) => skipped.push(entry) });
      assert.equal(names.length, keys.length, 'files listed');
      assert.deepEqual(skipped, [], 'skipped');
    },
  },
];
