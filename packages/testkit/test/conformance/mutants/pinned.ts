import { closeSync, openSync } from 'node:fs';
import { isStorageError } from '@org/storage-core';
import { onTestFinished } from 'vitest';
import { type Mutant, mutant, nextTurn, without } from './mutant.js';

const COPY = 'a copy pinned to a version of its source copies that one, and no other';
const LARGE = 'a copy of a large file is pinned to a version of its source, too';
const MOVE = 'a move pinned to a version of its source moves that one, and no other';
const BOTH = 'a copy with conditions on both of its ends wants both to hold';
const GONE =
  'a pinned copy or move of what is gone is NotFound, and one that is pinned to nothing is refused';
const LOST = 'a source that is written to while it is moved is not lost';

const COUNTED = 'of many workers that count up one file by conditional updates, none loses a step';
const LOCKED = 'of many workers that lock by a create-only upload, one at a time holds the lock';
const DELETED = 'of twenty conditional deletes of one version at once, exactly one is done';
const TURNS =
  'a file that is deleted and created again by many at once is never somebody’s and nobody’s';

/** Source conditions, and races for one file. */
export const pinnedMutants: readonly Mutant[] = [
  {
    breaks: 'ignores which version of the source is to be copied',
    make: mutant((original) => ({
      copy: (from, to, options) => original.copy(from, to, without(options, 'sourceCondition')),
      move: (from, to, options) => original.move(from, to, without(options, 'sourceCondition')),
    })),
    caught: [COPY, LARGE, MOVE, BOTH, GONE],
  },
  {
    breaks: 'takes a moved source that is gone for one that has changed',
    make: mutant((original) => ({
      move: (from, to, options) =>
        original.move(from, to, options).catch((error: unknown) => {
          if (!isStorageError(error, 'NotFound')) throw error;
          return original.upload(to, '');
        }),
    })),
    caught: [GONE],
  },
  {
    breaks: 'deletes the source of a move, whatever it is by then',
    make: mutant((original) => ({
      async move(from, to, options) {
        const moved = await original.copy(from, to, options);
        for (let turn = 0; turn < 20; turn++) await nextTurn();
        await original.delete(from);
        return moved;
      },
    })),
    caught: [LOST],
  },
  {
    breaks: 'decides about an upload, and acts later',
    make: mutant((original) => ({
      async upload(key, body, options) {
        if (options?.condition === undefined) return original.upload(key, body, options);
        await original.upload('elsewhere', '');
        const found = await original.stat(key).catch(() => undefined);
        const { condition } = options;
        const holds = condition.type === 'absent' ? !found : found?.etag === condition.etag;
        await nextTurn();
        return original.upload(key, body, holds ? without(options, 'condition') : options);
      },
    })),
    caught: [COUNTED, LOCKED],
  },
  {
    breaks: 'decides about a deletion, and acts later',
    make: mutant((original) => ({
      async delete(key, options) {
        if (options?.condition === undefined) return original.delete(key, options);
        const found = await original.stat(key).catch(() => undefined);
        await nextTurn();
        const holds = found?.etag === options.condition.etag;
        return original.delete(key, holds ? without(options, 'condition') : options);
      },
    })),
    caught: [DELETED, TURNS],
  },
  {
    breaks: 'opens something at every download, for good',
    make: mutant((original) => ({
      async download(key, options) {
        const descriptor = openSync('/dev/null', 'r');
        onTestFinished(() => closeSync(descriptor));
        return original.download(key, options);
      },
    })),
    caught: [
      'a provider that is closed has let go of every descriptor and socket',
      'what operations open while a provider is used does not add up',
    ],
  },
];
