import assert from 'node:assert/strict';
import { type ByteRange, isStorageError, readAll } from '@org/storage-core';
import { bytes, streamOfBytes } from './content.js';
import { openDescriptors } from './descriptors.js';
import {
  assertBytes,
  assertFile,
  assertSameFile,
  eventually,
  rejected,
  release,
} from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const KEY = 'folder/file.bin';
const SIZE = 1_000;

/** Downloads that are let go of: more than a pool of connections holds. */
const LET_GO = 60;

/** What a keep-alive pool may hold on to. */
const DESCRIPTORS_ALLOWED = 20;

/** Ranges of a file of 1,000 bytes, and the first and last byte that each means (RFC 9110, section 14.1.2). */
const RANGES: readonly (readonly [ByteRange, first: number, last: number])[] = [
  [{ start: 0 }, 0, 999],
  [{ start: 0, end: 0 }, 0, 0],
  [{ start: 0, end: 999 }, 0, 999],
  [{ start: 0, end: 1_000 }, 0, 999],
  [{ start: 1, end: 998 }, 1, 998],
  [{ start: 500 }, 500, 999],
  [{ start: 500, end: 500 }, 500, 500],
  [{ start: 999 }, 999, 999],
  [{ start: 999, end: 999 }, 999, 999],
  [{ start: 999, end: 5_000_000_000 }, 999, 999],
  [{ start: 10, end: Number.MAX_SAFE_INTEGER }, 10, 999],
  [{ suffix: 1 }, 999, 999],
  [{ suffix: 999 }, 1, 999],
  [{ suffix: 1_000 }, 0, 999],
  [{ suffix: 1_001 }, 0, 999],
  [{ suffix: Number.MAX_SAFE_INTEGER }, 0, 999],
];

async function assertRange(
  { provider }: ConformanceContext,
  range: ByteRange,
  content: Buffer,
  first: number,
  last: number,
): Promise<void> {
  const shown = JSON.stringify(range);
  const download = await provider.download(KEY, { range });
  assert.deepEqual(download.range, { start: first, end: last }, `the range of ${shown}`);
  assert.equal(download.metadata.size, content.byteLength, `metadata.size with ${shown}`);
  const part = content.subarray(first, last + 1);
  assertBytes(await readAll(download.body), part, `the bytes of ${shown}`);
}

export const downloadCases: readonly ConformanceCase[] = [
  {
    name: 'a missing file is NotFound before there is a body',
    async run(context) {
      const { provider } = context;
      await provider.upload('folder/other', 'x');
      for (const key of [KEY, 'folder', 'folder/other/below', 'folder/othe', 'folder/other1']) {
        await rejected(context, provider.download(key), 'NotFound', `download of ${key}`);
        const part = provider.download(key, { range: { start: 0 } });
        await rejected(context, part, 'NotFound', `a range of ${key}`);
        await rejected(context, provider.stat(key), 'NotFound', `stat of ${key}`);
        assert.equal(await provider.exists(key), false, `exists(${key})`);
      }
    },
  },
  {
    name: 'a download without a range tells no range',
    async run({ provider }) {
      await provider.upload(KEY, bytes(SIZE));
      const { range, body } = await provider.download(KEY);
      assert.equal(range, undefined, 'range');
      assertBytes(await readAll(body), bytes(SIZE), 'the content');
    },
  },
  {
    name: 'a range gives its bytes, cut at the end of the file, and the metadata of the whole',
    async run(context) {
      const content = bytes(SIZE);
      const uploaded = await context.provider.upload(KEY, content);
      for (const [range, first, last] of RANGES) {
        await assertRange(context, range, content, first, last);
      }
      const { metadata, body } = await context.provider.download(KEY, { range: { start: 5 } });
      await release(context, body);
      assertSameFile(metadata, uploaded, 'the metadata of a range and of the upload');
    },
  },
  {
    name: 'ranges of a large file are found across its parts',
    async run(context) {
      const content = bytes(context.largeFileBytes);
      await context.provider.upload(KEY, streamOfBytes(content));
      const middle = Math.floor(content.byteLength / 2);
      const last = content.byteLength - 1;
      for (const [start, end] of [
        [0, last],
        [1, last - 1],
        [middle - 100_000, middle + 100_000],
        [last - 70_000, last],
      ] as const) {
        await assertRange(context, { start, end }, content, start, end);
      }
      await assertRange(context, { suffix: 10 }, content, last - 9, last);
    },
  },
  {
    name: 'a range with no byte in the file is InvalidRange',
    async run(context) {
      const { provider } = context;
      await provider.upload(KEY, bytes(SIZE));
      await provider.upload('empty', '');
      const outside: readonly (readonly [string, ByteRange])[] = [
        [KEY, { start: 1_000 }],
        [KEY, { start: 1_001, end: 2_000 }],
        [KEY, { start: Number.MAX_SAFE_INTEGER }],
        [KEY, { suffix: 0 }],
        ['empty', { start: 0 }],
        ['empty', { start: 0, end: 10 }],
        ['empty', { suffix: 1 }],
      ];
      for (const [key, range] of outside) {
        const download = provider.download(key, { range });
        await rejected(context, download, 'InvalidRange', `${JSON.stringify(range)} of ${key}`);
      }
    },
  },
  {
    name: 'what makes no range is InvalidArgument',
    async run(context) {
      await context.provider.upload(KEY, bytes(SIZE));
      const noRanges: readonly ByteRange[] = [
        { start: -1 },
        { start: 1.5 },
        { start: Number.NaN },
        { start: 10, end: 9 },
        { start: 0, end: -1 },
        { suffix: -1 },
        { suffix: Number.POSITIVE_INFINITY },
        { start: '0' as unknown as number },
      ];
      for (const range of noRanges) {
        const download = context.provider.download(KEY, { range });
        await rejected(context, download, 'InvalidArgument', JSON.stringify(range));
      }
    },
  },
  {
    name: 'a file is read by many at once, each at its own pace',
    async run(context) {
      const content = bytes(300_000);
      await context.provider.upload(KEY, content);
      const downloads = await Promise.all(
        Array.from({ length: 10 }, () => context.provider.download(KEY)),
      );
      const reads = await context.settled(
        Promise.all(downloads.map(({ body }) => readAll(body))),
        'reading ten bodies',
      );
      for (const read of reads) assertBytes(read, content, 'what a reader got');
    },
  },
  {
    name: 'destroying a body, read in part or not at all, frees what it held',
    async run(context) {
      const { provider } = context;
      const content = bytes(context.largeFileBytes);
      await provider.upload(KEY, streamOfBytes(content));
      const before = openDescriptors();
      for (let i = 0; i < LET_GO; i++) {
        const { body } = await context.settled(provider.download(KEY), `download ${i}`);
        if (i % 2 === 0) {
          for await (const _ of body) break; // leaves the loop, which destroys the stream
        }
        await release(context, body);
      }
      const held = () => (openDescriptors() ?? 0) - (before ?? 0);
      await eventually(
        () => held() <= DESCRIPTORS_ALLOWED,
        `descriptors are still open after ${LET_GO} bodies were destroyed`,
      );
      await assertFile(context, KEY, content);
    },
  },
  {
    name: 'after its signal has fired, a body that is being read goes on whole or fails with Aborted',
    async run(context) {
      const content = bytes(context.largeFileBytes);
      await context.provider.upload(KEY, streamOfBytes(content));
      const controller = new AbortController();
      const { body } = await context.provider.download(KEY, { signal: controller.signal });
      const chunks: Buffer[] = [];
      const read = async () => {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          chunks.push(chunk);
          controller.abort();
        }
        assertBytes(Buffer.concat(chunks), content, 'what was read');
      };
      await context.settled(read(), 'reading on').catch((error: unknown) => {
        if (!isStorageError(error, 'Aborted')) throw error;
      });
    },
  },
];
