import assert from 'node:assert/strict';
import { isAtomic, isStorageError } from '@org/storage-core';
import { supports } from './capabilities.js';
import { ABSENT, match } from './condition.js';
import { bytes, streamOfBytes } from './content.js';
import { assertAbsent, assertFile, contentOf, rejected } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const FROM = 'folder/source.bin';
const TO = 'folder/destination.bin';
const OLD = bytes(400, 1);
const NEW = bytes(600, 2);
const CHANGED = bytes(800, 3);
const ROUNDS = 10;

/** The source as it was first, and as it is. */
async function changedSource({ provider }: ConformanceContext) {
  const { etag: stale } = await provider.upload(FROM, OLD);
  const { etag } = await provider.upload(FROM, NEW);
  return { stale: { sourceCondition: match(stale) }, current: { sourceCondition: match(etag) } };
}

export const sourceConditionCases: readonly ConformanceCase[] = [
  {
    name: 'a copy pinned to a version of its source copies that one, and no other',
    async run(context) {
      const { provider } = context;
      const { stale, current } = await changedSource(context);
      await rejected(context, provider.copy(FROM, TO, stale), 'PreconditionFailed', 'a copy');
      await assertAbsent(context, TO);
      await provider.upload(TO, OLD);
      await rejected(context, provider.copy(FROM, TO, stale), 'PreconditionFailed', 'a copy');
      await assertFile(context, TO, OLD);
      await provider.copy(FROM, TO, current);
      await assertFile(context, TO, NEW);
      await assertFile(context, FROM, NEW);
    },
  },
  {
    name: 'a copy of a large file is pinned to a version of its source, too',
    async run(context) {
      const { provider, largeFileBytes } = context;
      const content = bytes(largeFileBytes, 4);
      const { etag: stale } = await provider.upload(FROM, streamOfBytes(bytes(largeFileBytes)));
      const { etag } = await provider.upload(FROM, streamOfBytes(content));
      const copy = provider.copy(FROM, TO, { sourceCondition: match(stale) });
      await rejected(context, copy, 'PreconditionFailed', 'a copy of a large file');
      await assertAbsent(context, TO);
      await provider.copy(FROM, TO, { sourceCondition: match(etag) });
      await assertFile(context, TO, content);
    },
  },
  {
    name: 'a move pinned to a version of its source moves that one, and no other',
    async run(context) {
      const { provider } = context;
      const { stale, current } = await changedSource(context);
      await provider.upload(TO, OLD);
      await rejected(context, provider.move(FROM, TO, stale), 'PreconditionFailed', 'a move');
      await assertFile(context, FROM, NEW);
      await assertFile(context, TO, OLD);
      await provider.move(FROM, TO, current);
      await assertFile(context, TO, NEW);
      await assertAbsent(context, FROM);
    },
  },
  {
    name: 'a copy with conditions on both of its ends wants both to hold',
    async run(context) {
      const { provider } = context;
      const { stale, current } = await changedSource(context);
      if (!supports(provider, 'conditionalCopyCreate')) {
        const copy = provider.copy(FROM, TO, { ...current, condition: ABSENT });
        await rejected(context, copy, 'Unsupported', 'a create-only copy');
        await assertAbsent(context, TO);
        return;
      }
      const early = provider.copy(FROM, TO, { ...stale, condition: ABSENT });
      await rejected(context, early, 'PreconditionFailed', 'a copy of another version');
      await assertAbsent(context, TO);
      await provider.copy(FROM, TO, { ...current, condition: ABSENT });
      await assertFile(context, TO, NEW);
      await provider.upload(TO, OLD);
      const late = provider.copy(FROM, TO, { ...current, condition: ABSENT });
      await rejected(context, late, 'AlreadyExists', 'a copy over a file');
      await assertFile(context, TO, OLD);
    },
  },
  {
    name: 'a pinned copy or move of what is gone is NotFound, and one that is pinned to nothing is refused',
    async run(context) {
      const { provider } = context;
      const { current } = await changedSource(context);
      for (const operation of ['copy', 'move'] as const) {
        for (const sourceCondition of [ABSENT, { type: 'match', etag: '' }, null]) {
          const options = { sourceCondition } as never;
          const call = provider[operation](FROM, TO, options);
          await rejected(context, call, 'InvalidArgument', JSON.stringify(sourceCondition));
        }
      }
      await assertFile(context, FROM, NEW);
      await provider.delete(FROM);
      for (const operation of ['copy', 'move'] as const) {
        const call = provider[operation](FROM, TO, current);
        await rejected(context, call, 'NotFound', `a pinned ${operation}`);
      }
      await assertAbsent(context, TO);
    },
  },
  {
    name: 'a source that is written to while it is moved is not lost',
    async run(context) {
      const { provider } = context;
      for (let round = 0; round < ROUNDS; round++) {
        await provider.upload(FROM, OLD);
        await provider.delete(TO);
        const move = provider.move(FROM, TO).then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
        for (let i = 0; i < round; i++) await new Promise((next) => setImmediate(next));
        await provider.upload(FROM, CHANGED);
        const failed = await context.settled(move, 'a move');
        if (failed !== undefined) {
          assert.ok(isStorageError(failed.error, 'Conflict'), `a move failed with ${failed.error}`);
          await assertFile(context, FROM, CHANGED);
          continue;
        }
        const found = await Promise.all(
          [FROM, TO].map((key) =>
            contentOf(provider.download(key)).catch((error: unknown) => {
              if (isStorageError(error, 'NotFound')) return Buffer.alloc(0);
              throw error;
            }),
          ),
        );
        // Where the source can't be deleted conditionally, what was written between copy and delete may go.
        const wanted = isAtomic(provider.capabilities.conditionalDelete)
          ? [CHANGED]
          : [OLD, CHANGED];
        assert.ok(
          wanted.some((content) => found.some((file) => file.equals(content))),
          'what was written to the source is neither there nor at the destination',
        );
      }
    },
  },
];
