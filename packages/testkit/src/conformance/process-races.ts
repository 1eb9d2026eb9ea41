import assert from 'node:assert/strict';
import { type ETag, isAtomic, type StorageProvider } from '@org/storage-core';
import { describedContent, readCount } from '../races/described-content.js';
import type { Change, RaceTask } from '../races/race.js';
import { supports } from './capabilities.js';
import { ABSENT, match } from './condition.js';
import { assertAbsent, rejected } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const FILE = 'folder/contested.txt';
const FILES = Array.from({ length: 25 }, (_, i) => `folder/contested-${i}.txt`);
const RACERS = 4;

function racers(count: number, task: RaceTask): RaceTask[] {
  return Array.from({ length: count }, () => task);
}

async function upload(provider: StorageProvider, count: number): Promise<ETag> {
  const { body, metadata } = describedContent(count, 'the first');
  const described = supports(provider, 'metadata') ? { metadata } : {};
  return (await provider.upload(FILE, body, described)).etag;
}

async function countOf(provider: StorageProvider): Promise<number> {
  return readCount(await provider.download(FILE), supports(provider, 'metadata'));
}

/**
 * What the changes that were told to be done come to, if each of them was: one version after the other, from the first to
 * that which is there. It is asked of emulated conditions, too, since all racers heed them.
 */
async function assertOneAfterTheOther(
  { provider }: ConformanceContext,
  key: string,
  first: ETag | undefined,
  changes: readonly Change[],
): Promise<void> {
  const last = (await provider.exists(key)) ? (await provider.stat(key)).etag : undefined;
  const replaced = changes.flatMap(({ from }) => from ?? []);
  const twice = replaced.filter((etag, i) => replaced.indexOf(etag) < i);
  assert.deepEqual(twice, [], 'versions that were replaced or deleted twice');
  const made = [first, ...changes.map(({ to }) => to)].filter((etag) => etag !== undefined);
  const left = made.filter((etag) => !replaced.includes(etag));
  assert.deepEqual(left, last === undefined ? [] : [last], 'versions that nobody has replaced');
}

/** An emulated delete may be told to be done though somebody else was faster: it has kept what they wrote. */
function withoutIdleDeletes(changes: readonly Change[]): Change[] {
  const done = new Map<ETag, Change>();
  for (const change of changes) {
    const known = change.from && done.get(change.from);
    if (change.from && (known === undefined || known.to === undefined))
      done.set(change.from, change);
  }
  return changes.filter((change) => {
    const { from, to } = change;
    return from === undefined || to !== undefined || done.get(from) === change;
  });
}

export const processRaceCases: readonly ConformanceCase[] = [
  {
    name: 'of several that create the same files at once, exactly one creates each',
    async run(context) {
      const { provider } = context;
      if (!supports(provider, 'conditionalCreate')) {
        const create = provider.upload(FILE, 'x', { condition: ABSENT });
        await rejected(context, create, 'Unsupported', 'a create-only upload');
        await assertAbsent(context, FILE);
        return;
      }
      const task = { act: 'create', keys: FILES, times: 1 } as const;
      const changes = (await context.race(racers(RACERS, task))).flat();
      for (const key of FILES) {
        const made = changes.filter((change) => change.key === key);
        assert.ok(made.length > 0, `nobody has created ${key}`);
        await assertOneAfterTheOther(context, key, undefined, made);
      }
    },
  },
  {
    name: 'of several that count up one file at once, none loses a step',
    async run(context) {
      const { provider } = context;
      const first = await upload(provider, 0);
      if (!supports(provider, 'conditionalUpdate')) {
        const update = provider.upload(FILE, 'x', { condition: match(first) });
        await rejected(context, update, 'Unsupported', 'a conditional update');
        assert.equal(await countOf(provider), 0);
        return;
      }
      const times = 15;
      const task = { act: 'count', keys: [FILE], times } as const;
      const changes = (await context.race(racers(RACERS, task))).flat();
      assert.equal(changes.length, RACERS * times, 'steps that were told to be done');
      assert.equal(await countOf(provider), changes.length, 'the counter');
      await assertOneAfterTheOther(context, FILE, first, changes);
    },
  },
  {
    name: 'while others delete the versions of a file, no update that was told to be done is lost',
    async run(context) {
      const { provider } = context;
      const first = await upload(provider, 0);
      const lacks = (['conditionalUpdate', 'conditionalDelete', 'conditionalCreate'] as const).find(
        (name) => !supports(provider, name),
      );
      if (lacks !== undefined) {
        const asks =
          lacks === 'conditionalDelete'
            ? provider.delete(FILE, { condition: match(first) })
            : provider.upload(FILE, 'x', {
                condition: lacks === 'conditionalCreate' ? ABSENT : match(first),
              });
        await rejected(context, asks, 'Unsupported', `what needs ${lacks}`);
        assert.equal(await countOf(provider), 0);
        return;
      }
      const outcome = await context.race([
        ...racers(2, { act: 'count', keys: [FILE], times: 20 }),
        ...racers(RACERS - 2, { act: 'delete', keys: [FILE], times: 40 }),
      ]);
      const { conditionalDelete } = provider.capabilities;
      const changes = isAtomic(conditionalDelete)
        ? outcome.flat()
        : withoutIdleDeletes(outcome.flat());
      await assertOneAfterTheOther(context, FILE, first, changes);
    },
  },
  {
    name: 'who reads a file that several overwrite sees it whole, with its own metadata',
    async run(context) {
      await upload(context.provider, 1);
      await context.race([
        ...racers(2, { act: 'overwrite', keys: [FILE], times: 20 }),
        ...racers(RACERS - 2, { act: 'read', keys: [FILE], times: 40 }),
      ]);
      assert.equal(await countOf(context.provider), 1);
    },
  },
];
