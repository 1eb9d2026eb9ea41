import assert from 'node:assert/strict';
import { type ETag, isAtomic, isStorageError, type StorageProvider } from '@org/storage-core';
import { supports } from './capabilities.js';
import { ABSENT, match } from './condition.js';
import { bytes, streamOfBytes } from './content.js';
import {
  assertAbsent,
  assertFile,
  assertNoLeftovers,
  assertStorageError,
  contentOf,
  inParallel,
  rejected,
} from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const COUNTER = 'folder/counter.txt';
const FILE = 'folder/file.bin';
const LOCK = 'folder/lock';
const WORKERS = 8;
const TURNS = 6;
const RACERS = 20;

/** Runs the workers at once, every other one on a second view of the store, as another process would have it. */
async function atOnce(
  context: ConformanceContext,
  workers: number,
  work: (provider: StorageProvider, number: number) => Promise<void>,
): Promise<void> {
  const views = [context.provider, await context.secondView()];
  const all = Array.from({ length: workers }, (_, i) => work(views[i % 2] ?? context.provider, i));
  await context.settled(Promise.all(all), 'the race');
}

/** Whether it was done; `false` if somebody else was faster. */
async function won(attempt: Promise<unknown>): Promise<boolean> {
  try {
    await attempt;
    return true;
  } catch (error) {
    assertStorageError(error, ['AlreadyExists', 'PreconditionFailed', 'Conflict'], 'who lost');
    await nextTurn(); // who won has to come to its end
    return false;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Replaces what was read, until nobody came in between. */
async function increment(provider: StorageProvider): Promise<void> {
  for (;;) {
    const { metadata, body } = await provider.download(COUNTER);
    const count = Number(await contentOf(Promise.resolve({ metadata, body })));
    const condition = match(metadata.etag);
    if (await won(provider.upload(COUNTER, String(count + 1), { condition }))) return;
  }
}

export const raceCases: readonly ConformanceCase[] = [
  {
    name: 'of many workers that count up one file by conditional updates, none loses a step',
    async run(context) {
      const { provider } = context;
      const { etag } = await provider.upload(COUNTER, '0');
      if (!supports(provider, 'conditionalUpdate')) {
        const update = provider.upload(COUNTER, '1', { condition: match(etag) });
        await rejected(context, update, 'Unsupported', 'a conditional update');
        await assertFile(context, COUNTER, Buffer.from('0'));
        return;
      }
      await atOnce(context, WORKERS, async (view) => {
        for (let turn = 0; turn < TURNS; turn++) await increment(view);
      });
      const count = Number(await contentOf(provider.download(COUNTER)));
      const atLeast = isAtomic(provider.capabilities.conditionalUpdate) ? WORKERS * TURNS : 1;
      assert.ok(
        count >= atLeast && count <= WORKERS * TURNS,
        `${WORKERS * TURNS} steps were told to be done, and the counter is ${count}`,
      );
    },
  },
  {
    name: 'of many workers that lock by a create-only upload, one at a time holds the lock',
    async run(context) {
      const { provider } = context;
      if (!supports(provider, 'conditionalCreate')) {
        const create = provider.upload(LOCK, 'x', { condition: ABSENT });
        await rejected(context, create, 'Unsupported', 'a create-only upload');
        await assertAbsent(context, LOCK);
        return;
      }
      const conditional = supports(provider, 'conditionalDelete');
      let holders = 0;
      let most = 0;
      await atOnce(context, WORKERS, async (view, worker) => {
        const content = `worker ${worker}`;
        let etag: ETag | undefined;
        const take = async () => {
          ({ etag } = await view.upload(LOCK, content, { condition: ABSENT }));
        };
        while (!(await won(take())));
        most = Math.max(most, ++holders);
        await nextTurn(); // others try meanwhile
        assert.equal(String(await contentOf(view.download(LOCK))), content, 'whose lock it is');
        holders--;
        await view.delete(LOCK, conditional && etag ? { condition: match(etag) } : {});
      });
      if (isAtomic(provider.capabilities.conditionalCreate))
        assert.equal(most, 1, 'workers that held the lock at once');
      await assertAbsent(context, LOCK);
    },
  },
  {
    name: 'of twenty conditional deletes of one version at once, exactly one is done',
    async run(context) {
      const { provider } = context;
      const { etag } = await provider.upload(LOCK, bytes(100));
      const condition = match(etag);
      if (!supports(provider, 'conditionalDelete')) {
        const remove = provider.delete(LOCK, { condition });
        await rejected(context, remove, 'Unsupported', 'a conditional delete');
        await assertFile(context, LOCK, bytes(100));
        return;
      }
      let done = 0;
      await atOnce(context, RACERS, async (view) => {
        if (await won(view.delete(LOCK, { condition }))) done++;
      });
      if (isAtomic(provider.capabilities.conditionalDelete))
        assert.equal(done, 1, 'deletes that were done');
      await assertAbsent(context, LOCK);
    },
  },
  {
    name: 'a file that is deleted and created again by many at once is never somebody’s and nobody’s',
    async run(context) {
      const { provider } = context;
      const can =
        supports(provider, 'conditionalDelete') && supports(provider, 'conditionalCreate');
      if (!can) {
        const { etag } = await provider.upload(LOCK, 'x');
        const condition = match(etag);
        const asks = supports(provider, 'conditionalCreate')
          ? provider.delete(LOCK, { condition })
          : provider.upload(LOCK, 'y', { condition: ABSENT });
        await rejected(context, asks, 'Unsupported', 'a conditional delete or create');
        await assertFile(context, LOCK, Buffer.from('x'));
        return;
      }
      let created = 0;
      let deleted = 0;
      await atOnce(context, WORKERS, async (view, worker) => {
        for (let turn = 0; turn < TURNS; turn++) {
          const content = `${worker} ${turn}`;
          if (await won(view.upload(LOCK, content, { condition: ABSENT }))) created++;
          await nextTurn();
          const found = await view.stat(LOCK).catch((error: unknown) => {
            if (isStorageError(error, 'NotFound')) return undefined;
            throw error;
          });
          if (found === undefined) continue;
          if (await won(view.delete(LOCK, { condition: match(found.etag) }))) deleted++;
        }
      });
      const { conditionalDelete, conditionalCreate } = provider.capabilities;
      if (!isAtomic(conditionalDelete) || !isAtomic(conditionalCreate)) return;
      const left = (await provider.exists(LOCK)) ? 1 : 0;
      assert.equal(created - deleted, left, 'creates and deletes that were told to be done');
    },
  },
  {
    name: 'fifty files are uploaded and downloaded at once',
    async run(context) {
      const numbers = Array.from({ length: 50 }, (_, i) => i);
      const keyOf = (i: number) => `folder-${i % 5}/file-${i}`;
      const nth = (i: number) => bytes(1_000 * i, i + 1);
      await inParallel(numbers, 50, (i) =>
        context.provider.upload(keyOf(i), streamOfBytes(nth(i))),
      );
      await inParallel(numbers, 50, (i) => assertFile(context, keyOf(i), nth(i)));
      await assertNoLeftovers(context);
    },
  },
  {
    name: 'of twenty uploads of one key at once, one is the file',
    async run(context) {
      const contents = Array.from({ length: 20 }, (_, i) => bytes(20_000 + i, i + 1));
      const outcomes = await Promise.allSettled(
        contents.map((content) => context.provider.upload(FILE, streamOfBytes(content))),
      );
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          assertStorageError(outcome.reason, 'Conflict', 'an upload beside others');
        }
      }
      const { size } = await context.provider.stat(FILE);
      const content = contents[size - 20_000];
      assert.ok(content, `a file of ${size} bytes was not uploaded`);
      await assertFile(context, FILE, content);
      await assertNoLeftovers(context);
    },
  },
];
