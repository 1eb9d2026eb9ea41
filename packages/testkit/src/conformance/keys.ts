import assert from 'node:assert/strict';
import {
  assertFile,
  assertNoLeftovers,
  inParallel,
  listAll,
  listNames,
  rejected,
} from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { HOSTILE_KEYS, INVALID_KEYS } from './hostile-keys.js';
import { ALL_OPERATIONS, offers } from './operations.js';
import { inByteOrder } from './reference-listing.js';

const AT_ONCE = 8;

function keysHeld({ limits }: ConformanceContext): readonly string[] {
  return HOSTILE_KEYS.filter((key) => !limits.refuses?.(key));
}

export const keyCases: readonly ConformanceCase[] = [
  {
    name: 'every key is a file of its own, whatever is in its name',
    async run(context) {
      const { provider } = context;
      const keys = keysHeld(context);
      await inParallel(keys, AT_ONCE, (key) => provider.upload(key, `content of ${key}`));
      await inParallel(keys, AT_ONCE, (key) =>
        assertFile(context, key, Buffer.from(`content of ${key}`)),
      );
      for (const key of keys) {
        await provider.delete(key);
        assert.equal(await provider.exists(key), false, `exists(${JSON.stringify(key)})`);
      }
      assert.deepEqual(await listNames(provider), []);
    },
  },
  {
    name: 'keys with anything in their names are copied, moved, and deleted in bulk',
    async run(context) {
      const { provider } = context;
      const keys = keysHeld(context).filter((key) => Buffer.byteLength(key) < 1_000);
      await inParallel(keys, AT_ONCE, async (key) => {
        await provider.upload(key, `content of ${key}`);
        await provider.copy(key, `copies/${key}`);
        await provider.move(key, `moved/${key}`);
      });
      const all = keys.flatMap((key) => [`copies/${key}`, `moved/${key}`]);
      assert.deepEqual(await listNames(provider), inByteOrder(all));
      await inParallel(keys, AT_ONCE, async (key) => {
        await assertFile(context, `copies/${key}`, Buffer.from(`content of ${key}`));
        await assertFile(context, `moved/${key}`, Buffer.from(`content of ${key}`));
      });
      const longest = keysHeld(context).filter((key) => Buffer.byteLength(key) >= 1_000);
      await inParallel(longest, AT_ONCE, (key) => provider.upload(key, key));
      const result = await provider.deleteMany([...all, ...longest]);
      assert.deepEqual(result.failed, [], 'failed');
      assert.deepEqual([...result.deleted].sort(), [...all, ...longest].sort(), 'deleted');
      assert.deepEqual(await listNames(provider), []);
    },
  },
  ...ALL_OPERATIONS.filter(({ keys }) => keys > 0).map((operation) => ({
    name: `${operation.name} refuses what is no key with InvalidKey, and does nothing`,
    async run(context: ConformanceContext) {
      const { provider } = context;
      const { name, keys, run } = operation;
      if (!offers(provider, operation)) return;
      await provider.upload('a', 'a');
      for (const [what, key] of Object.entries(INVALID_KEYS)) {
        const call = run(provider, {}, key, 'b');
        const error = await rejected(context, call, 'InvalidKey', `${name} of ${what}`);
        assert.equal(error.key, key, 'the error’s key');
        if (keys < 2) continue;
        await rejected(context, run(provider, {}, 'a', key), 'InvalidKey', `${name} to ${what}`);
      }
      const noText = run(provider, {}, 5 as unknown as string, 'b');
      await rejected(context, noText, 'InvalidKey', `${name} of a number`);
      assert.deepEqual(await listNames(provider), ['a']);
    },
  })),
  {
    name: 'a file beside a folder of its name is a file, or is refused with InvalidKey',
    async run(context) {
      const { provider, limits } = context;
      for (const [first, second] of [
        ['name', 'name/below'],
        ['other/deep/below', 'other/deep'],
        ['third', 'third/is/far/below'],
      ] as const) {
        await provider.upload(first, first);
        const upload = provider.upload(second, second);
        if (limits.fileBesideFolder === false) {
          await rejected(context, upload, 'InvalidKey', `${second} beside ${first}`);
          assert.equal(await provider.exists(second), false, second);
          await assertNoLeftovers(context);
        } else {
          await upload;
          await assertFile(context, second, Buffer.from(second));
        }
        await assertFile(context, first, Buffer.from(first));
      }
    },
  },
  {
    name: 'a key that the store can’t hold is refused with InvalidKey and its reason',
    async run(context) {
      const { provider, limits } = context;
      const segment = 'é'.repeat(200); // 400 bytes
      const held = limits.maxSegmentBytes === undefined || limits.maxSegmentBytes >= 400;
      const unheld = HOSTILE_KEYS.filter((key) => limits.refuses?.(key));
      const longest =
        limits.maxSegmentBytes === undefined ? segment : 'k'.repeat(limits.maxSegmentBytes);
      for (const key of [longest, `a/${longest}/b`]) {
        await provider.upload(key, key);
        await assertFile(context, key, Buffer.from(key));
      }
      for (const key of [...unheld, ...(held ? [] : [segment, `a/${segment}/b`])]) {
        const error = await rejected(context, provider.upload(key, key), 'InvalidKey', key);
        assert.equal(error.key, key, 'the error’s key');
        await rejected(context, provider.stat(key), ['NotFound', 'InvalidKey'], `stat of ${key}`);
      }
      assert.equal((await listAll(provider)).length, 2, 'files in the store');
    },
  },
];
