import assert from 'node:assert/strict';
import type { Capability, DownloadOptions, ListOptions, UploadOptions } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes, streamOfBytes } from './content.js';
import { assertAbsent, assertFile, contentOf, listAll, rejected } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { ALL_OPERATIONS, OPERATIONS, offers } from './operations.js';

const KEY = 'folder/file.txt';
const CONTENT = bytes(100);

/** Freezes what is data; a signal is not. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof AbortSignal) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

/** Calls with options that can't be changed, and once more with options that can, which have to stay as they are. */
async function leavesOptionsAlone<T extends object>(
  make: () => T,
  call: (options: T) => Promise<unknown>,
): Promise<void> {
  await call(deepFreeze(make()));
  const options = make();
  await call(options);
  assert.deepEqual(options, make(), 'options after the call');
}

export const optionCases: readonly ConformanceCase[] = [
  ...ALL_OPERATIONS.map((operation) => ({
    name: `${operation.name} refuses an option that it does not know, before it does anything`,
    async run(context: ConformanceContext) {
      const { provider } = context;
      const { name, run } = operation;
      if (!offers(provider, operation)) return;
      await provider.upload(KEY, CONTENT);
      await provider.upload('other', 'other');
      for (const options of [{ unknownOption: 1 }, { contenttype: 'text/plain' }]) {
        const call = run(provider, options, KEY, 'other');
        await rejected(context, call, 'InvalidArgument', `${name} with an unknown option`);
      }
      await assertFile(context, KEY, CONTENT);
      await assertFile(context, 'other', Buffer.from('other'));
    },
  })),
  {
    name: 'upload refuses options of wrong form, and stores nothing',
    async run(context) {
      const wrong: readonly unknown[] = [
        { contentLength: -1 },
        { contentLength: 1.5 },
        { contentLength: '100' },
        { checksums: { sha256: 'not hexadecimal' } },
        { checksums: { sha256: 'AB'.repeat(32) } },
        { checksums: { crc32: 'abc' } },
        { checksums: { md5: 'ab'.repeat(16) } },
        { condition: { type: 'match' } },
        { condition: { type: 'match', etag: '' } },
        { condition: { type: 'somehow' } },
        { condition: null },
        { condition: 'absent' },
        { signal: {} },
        { onProgress: 'yes' },
      ];
      for (const options of wrong) {
        const upload = context.provider.upload(KEY, CONTENT, options as UploadOptions);
        await rejected(
          context,
          upload,
          'InvalidArgument',
          `upload with ${JSON.stringify(options)}`,
        );
      }
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'download, delete, copy and list refuse options of wrong form',
    async run(context) {
      const { provider } = context;
      await provider.upload(KEY, CONTENT);
      const refused = (call: Promise<unknown>, options: unknown) =>
        rejected(context, call, 'InvalidArgument', JSON.stringify(options));
      for (const options of [
        { condition: { type: 'absent' } },
        { condition: { type: 'match', etag: '' } },
        { range: null },
        { range: {} },
        { range: 'bytes=0-1' },
      ] as unknown as readonly DownloadOptions[]) {
        await refused(provider.download(KEY, options), options);
      }
      const absent = { condition: { type: 'absent' } } as never;
      await refused(provider.delete(KEY, absent), absent);
      const noCondition = { condition: { type: 'somehow' } } as never;
      await refused(provider.copy(KEY, 'other', noCondition), noCondition);
      for (const options of [
        { delimiter: '-' },
        { delimiter: '' },
        { prefix: 5 },
        { prefix: 'half an emoji \ud83d' },
        { startAfter: null },
        { onSkip: true },
      ] as unknown as readonly ListOptions[]) {
        await refused(listAll(provider, options), options);
      }
      await assertFile(context, KEY, CONTENT);
      await assertAbsent(context, 'other');
    },
  },
  {
    name: 'options that are undefined count as not given',
    async run(context) {
      const { provider } = context;
      await provider.upload(KEY, CONTENT, {
        condition: undefined,
        contentLength: undefined,
        contentType: undefined,
        cacheControl: undefined,
        contentDisposition: undefined,
        metadata: undefined,
        tags: undefined,
        checksums: undefined,
        onProgress: undefined,
        onMultipartUpload: undefined,
        uploadId: undefined,
        keepParts: undefined,
        signal: undefined,
      });
      const found = await assertFile(context, KEY, CONTENT);
      assert.equal(found.contentType, 'text/plain');
      const notGiven = { condition: undefined, versionId: undefined };
      const download = provider.download(KEY, { ...notGiven, range: undefined });
      assert.ok((await contentOf(download)).equals(CONTENT));
      await provider.stat(KEY, { versionId: undefined });
      await provider.copy(KEY, 'other', { condition: undefined, sourceCondition: undefined });
      const all = { prefix: undefined, delimiter: undefined, startAfter: undefined };
      assert.equal((await listAll(provider, { ...all, onSkip: undefined })).length, 2);
      await provider.delete(KEY, notGiven);
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'no operation changes the options that it is given',
    async run({ provider }) {
      const can = (capability: Capability) => supports(provider, capability);
      const { signal } = new AbortController();
      const described = () => ({
        ...(can('metadata')
          ? { contentType: 'text/x-own', cacheControl: 'no-cache', metadata: { a: 'Ü', b: ' ' } }
          : {}),
        ...(can('tags') ? { tags: { a: 'b' } } : {}),
        contentLength: CONTENT.byteLength,
        checksums: {},
        signal,
      });
      await leavesOptionsAlone(described, (options) => provider.upload(KEY, CONTENT, options));
      await leavesOptionsAlone(described, (options) =>
        provider.upload(KEY, streamOfBytes(CONTENT), options),
      );
      if (can('conditionalCreate')) {
        const create = () => ({ ...described(), condition: { type: 'absent' as const } });
        let count = 0;
        await leavesOptionsAlone(create, (options) =>
          provider.upload(`created-${count++}`, CONTENT, options),
        );
      }
      const { etag } = await provider.stat(KEY);
      const part = () => ({
        range: { start: 5, end: 10_000 },
        condition: { type: 'match' as const, etag },
        signal,
      });
      await leavesOptionsAlone(part, (options) => contentOf(provider.download(KEY, options)));
      const suffix = () => ({ range: { suffix: 10_000 } });
      await leavesOptionsAlone(suffix, (options) => contentOf(provider.download(KEY, options)));
      const listing = () => ({
        prefix: 'folder',
        delimiter: '/' as const,
        startAfter: 'a',
        signal,
      });
      await leavesOptionsAlone(listing, (options) => listAll(provider, options));
      for (const { run } of OPERATIONS) {
        await leavesOptionsAlone(
          () => ({ signal }),
          async (options) => {
            await provider.upload(KEY, CONTENT);
            await run(provider, options, KEY, 'other');
          },
        );
      }
      const keys = Object.freeze([KEY, 'other', KEY]);
      await provider.deleteMany(keys);
    },
  },
];
