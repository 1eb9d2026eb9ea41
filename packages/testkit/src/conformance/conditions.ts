import assert from 'node:assert/strict';
import { type Capability, isAtomic, type StorageErrorCode } from '@org/storage-core';
import { supports, supportsOrRefuses } from './capabilities.js';
import { ABSENT, match, staleETag } from './condition.js';
import { bytes, streamOfBytes } from './content.js';
import {
  assertAbsent,
  assertFile,
  assertNoLeftovers,
  assertSameFile,
  assertStorageError,
  contentOf,
  rejected,
} from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const KEY = 'folder/file.bin';
const OTHER = 'folder/other.bin';
const OLD = bytes(500, 1);
const NEW = bytes(700, 2);
const RACERS = 20;

/**
 * Lets twenty uploads race. One wins and is the file, with its metadata; the others are refused. Where the store can't
 * decide atomically (`emulated`), more may win, and the file is one of theirs.
 */
async function race(
  context: ConformanceContext,
  capability: Capability,
  condition: typeof ABSENT | ReturnType<typeof match>,
  refusals: readonly StorageErrorCode[],
  size: number,
): Promise<void> {
  const { provider } = context;
  const contents = Array.from({ length: RACERS }, (_, i) => bytes(size + i, i + 1));
  const outcomes = await context.settled(
    Promise.allSettled(
      contents.map((content, i) =>
        provider.upload(KEY, i % 2 === 0 ? content : streamOfBytes(content), { condition }),
      ),
    ),
    'the race',
  );
  const winners = contents.filter((_, i) => outcomes[i]?.status === 'fulfilled');
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') {
      assertStorageError(outcome.reason, refusals, 'who lost the race');
    }
  }
  if (isAtomic(provider.capabilities[capability])) assert.equal(winners.length, 1, 'winners');
  const stored = await contentOf(provider.download(KEY));
  const winner = winners.find((content) => content.equals(stored));
  assert.ok(winner, 'the file is the winner’s');
  await assertFile(context, KEY, winner);
  await assertNoLeftovers(context);
}

export const conditionCases: readonly ConformanceCase[] = [
  {
    name: 'a create-only upload creates a file that is not there',
    async run(context) {
      const create = () => context.provider.upload(KEY, NEW, { condition: ABSENT });
      if (!(await supportsOrRefuses(context, 'conditionalCreate', create))) {
        await assertAbsent(context, KEY);
        return;
      }
      await create();
      await assertFile(context, KEY, NEW);
    },
  },
  {
    name: 'a create-only upload over a file is refused with AlreadyExists and changes nothing',
    async run(context) {
      const { provider } = context;
      const before = await provider.upload(KEY, OLD);
      const bodies = [() => NEW, () => streamOfBytes(NEW), () => '', () => OLD];
      const code = supports(provider, 'conditionalCreate') ? 'AlreadyExists' : 'Unsupported';
      for (const body of bodies) {
        const upload = provider.upload(KEY, body(), { condition: ABSENT });
        await rejected(context, upload, code, 'creating a file that exists');
      }
      assertSameFile(await assertFile(context, KEY, OLD), before, 'the file before and after');
      await assertNoLeftovers(context);
    },
  },
  {
    name: 'a file can be created again after it was deleted',
    async run(context) {
      const { provider } = context;
      if (!supports(provider, 'conditionalCreate')) {
        const create = provider.upload(KEY, NEW, { condition: ABSENT });
        await rejected(context, create, 'Unsupported', 'a create-only upload');
        return;
      }
      await provider.upload(KEY, OLD, { condition: ABSENT });
      await provider.delete(KEY);
      await provider.upload(KEY, NEW, { condition: ABSENT });
      await assertFile(context, KEY, NEW);
    },
  },
  {
    name: 'of twenty creates at once, exactly one wins',
    async run(context) {
      const create = () => context.provider.upload(KEY, NEW, { condition: ABSENT });
      if (!(await supportsOrRefuses(context, 'conditionalCreate', create))) return;
      const refusals = ['AlreadyExists', 'Conflict'] as const;
      await race(context, 'conditionalCreate', ABSENT, refusals, 3_000);
    },
  },
  {
    name: 'a create-only upload of a large file over a file is refused and changes nothing',
    async run(context) {
      const { provider, largeFileBytes } = context;
      await provider.upload(KEY, OLD);
      const supported = supports(provider, 'conditionalCreateInParts');
      const upload = provider.upload(KEY, streamOfBytes(bytes(largeFileBytes)), {
        condition: ABSENT,
      });
      const code = supported ? 'AlreadyExists' : 'Unsupported';
      await rejected(context, upload, code, 'creating a large file that exists');
      await assertFile(context, KEY, OLD);
      await assertNoLeftovers(context);
    },
  },
  {
    name: 'a large file that comes into being during a create-only upload of it is not overwritten',
    async run(context) {
      const { provider, largeFileBytes } = context;
      const content = bytes(largeFileBytes);
      const supported = supports(provider, 'conditionalCreateInParts');
      const slow = async function* () {
        yield content.subarray(0, content.byteLength - 10);
        await provider.upload(KEY, OLD);
        yield content.subarray(content.byteLength - 10);
      };
      const upload = provider.upload(KEY, slow(), { condition: ABSENT });
      const code = supported ? 'AlreadyExists' : 'Unsupported';
      await rejected(context, upload, code, 'a create-only upload that came late');
      if (supported) await assertFile(context, KEY, OLD);
      await assertNoLeftovers(context);
    },
  },
  {
    name: 'a conditional update replaces the version that it names',
    async run(context) {
      const { provider } = context;
      const { etag } = await provider.upload(KEY, OLD);
      const update = () => provider.upload(KEY, NEW, { condition: match(etag) });
      if (!(await supportsOrRefuses(context, 'conditionalUpdate', update))) {
        await assertFile(context, KEY, OLD);
        return;
      }
      const updated = await update();
      assert.notEqual(updated.etag, etag, 'the ETag of the new version');
      await assertFile(context, KEY, NEW);
    },
  },
  {
    name: 'a conditional update of another version is refused and changes nothing',
    async run(context) {
      const { provider, largeFileBytes } = context;
      const stale = await staleETag(context, KEY, OLD);
      const supported = supports(provider, 'conditionalUpdate');
      const code = supported ? 'PreconditionFailed' : 'Unsupported';
      const bodies = [
        () => NEW,
        () => streamOfBytes(NEW),
        () => streamOfBytes(bytes(largeFileBytes)),
      ];
      for (const body of bodies) {
        const update = provider.upload(KEY, body(), { condition: match(stale) });
        await rejected(context, update, code, 'updating another version');
      }
      await assertFile(context, KEY, OLD);
      await assertNoLeftovers(context);
    },
  },
  {
    name: 'a conditional update of a file that is gone is refused and stores nothing',
    async run(context) {
      const { provider } = context;
      const { etag } = await provider.upload(KEY, OLD);
      await provider.delete(KEY);
      const supported = supports(provider, 'conditionalUpdate');
      const update = provider.upload(KEY, NEW, { condition: match(etag) });
      const code = supported ? 'PreconditionFailed' : 'Unsupported';
      await rejected(context, update, code, 'updating a file that is gone');
      await assertAbsent(context, KEY);
      await assertNoLeftovers(context);
    },
  },
  {
    name: 'of twenty conditional updates of one version at once, exactly one wins',
    async run(context) {
      const { etag } = await context.provider.upload(KEY, OLD);
      const update = () => context.provider.upload(KEY, NEW, { condition: match(etag) });
      if (!supports(context.provider, 'conditionalUpdate')) {
        await rejected(context, update(), 'Unsupported', 'a conditional update');
        return;
      }
      const refusals = ['PreconditionFailed', 'Conflict'] as const;
      await race(context, 'conditionalUpdate', match(etag), refusals, 3_000);
    },
  },
  {
    name: 'a conditional delete removes the version that it names',
    async run(context) {
      const { provider } = context;
      const { etag } = await provider.upload(KEY, OLD);
      const remove = () => provider.delete(KEY, { condition: match(etag) });
      if (!(await supportsOrRefuses(context, 'conditionalDelete', remove))) {
        await assertFile(context, KEY, OLD);
        return;
      }
      await remove();
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'a conditional delete of another version, or of none, is refused and changes nothing',
    async run(context) {
      const { provider } = context;
      const stale = await staleETag(context, KEY, OLD);
      const supported = supports(provider, 'conditionalDelete');
      const code = supported ? 'PreconditionFailed' : 'Unsupported';
      for (const key of [KEY, OTHER]) {
        const remove = provider.delete(key, { condition: match(stale) });
        await rejected(context, remove, code, `a conditional delete of ${key}`);
      }
      await assertFile(context, KEY, OLD);
    },
  },
  {
    name: 'a download that names a version gets it, or PreconditionFailed',
    async run(context) {
      const { provider } = context;
      const stale = await staleETag(context, KEY, OLD);
      const { etag } = await provider.stat(KEY);
      const pinned = await contentOf(provider.download(KEY, { condition: match(etag) }));
      assert.ok(pinned.equals(OLD), 'the content of the version');
      const part = { range: { start: 10, end: 19 }, condition: match(etag) };
      assert.ok((await contentOf(provider.download(KEY, part))).equals(OLD.subarray(10, 20)));
      for (const options of [{}, { range: { start: 10 } }]) {
        const download = provider.download(KEY, { ...options, condition: match(stale) });
        await rejected(context, download, 'PreconditionFailed', 'another version');
      }
      const missing = provider.download(OTHER, { condition: match(etag) });
      await rejected(context, missing, 'NotFound', 'a missing file');
    },
  },
];
