import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { StorageError, type UploadOptions } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes, failingStream, streamOfBytes } from './content.js';
import {
  assertAbsent,
  assertFile,
  assertNoLeftovers,
  assertSameFile,
  listAll,
  rejected,
  seconds,
} from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const KEY = 'folder/file.bin';
const OLD = bytes(5_000, 7);

/** Options with which an upload has to fail, and what the body is. */
interface Refused {
  readonly options: UploadOptions;
  readonly code: 'ChecksumMismatch';
}

/** Stores an old file, lets an upload over it fail, and sees that nothing has changed; the same for a new key. */
async function leavesAllAsItWas(
  context: ConformanceContext,
  fail: (key: string) => Promise<void>,
): Promise<void> {
  const { provider } = context;
  const options = supports(provider, 'metadata')
    ? { contentType: 'text/x-old', metadata: { version: 'old' } }
    : {};
  await provider.upload(KEY, OLD, options);
  const before = await provider.stat(KEY);
  await fail(KEY);
  await assertNoLeftovers(context);
  const after = await assertFile(context, KEY, OLD);
  assertSameFile(after, before, 'the file before and after a failed upload');
  await fail('new/file.bin');
  await assertNoLeftovers(context);
  await assertAbsent(context, 'new/file.bin');
  assert.equal((await listAll(provider)).length, 1, 'files in the store');
}

function sizesOf({ largeFileBytes }: ConformanceContext): readonly number[] {
  return [0, 1_000, largeFileBytes];
}

/** An upload whose announced length or checksum is wrong, with each kind of body. */
async function refusesContent(
  context: ConformanceContext,
  size: number,
  { options, code }: Refused,
): Promise<void> {
  const { provider } = context;
  const bodies = [() => bytes(size), () => streamOfBytes(bytes(size))];
  await leavesAllAsItWas(context, async (key) => {
    for (const body of bodies) {
      const upload = provider.upload(key, body(), options);
      await rejected(context, upload, code, `${size} bytes with ${Object.keys(options)}`);
    }
  });
}

export const uploadCases: readonly ConformanceCase[] = [
  {
    name: 'an upload returns what stat, download and list say afterwards',
    async run(context) {
      const { provider } = context;
      const uploaded = await provider.upload(KEY, OLD);
      const found = await assertFile(context, KEY, OLD);
      assertSameFile(uploaded, found, 'what upload and download return');
      const [entry, ...others] = await listAll(provider);
      assert.ok(entry?.type === 'file' && others.length === 0, 'one file is listed');
      const { key, size, etag, lastModified } = entry;
      assert.deepEqual(
        { key, size, etag, lastModified: seconds(lastModified) },
        { key: KEY, size: 5_000, etag: found.etag, lastModified: seconds(found.lastModified) },
      );
    },
  },
  {
    name: 'an upload over a file replaces its content',
    async run(context) {
      await context.provider.upload(KEY, OLD);
      await context.provider.upload(KEY, bytes(100, 2));
      await assertFile(context, KEY, bytes(100, 2));
      await context.provider.upload(KEY, '');
      await assertFile(context, KEY, Buffer.alloc(0));
    },
  },
  {
    name: 'what was uploaded is seen by another view of the store',
    async run(context) {
      const other = await context.secondView();
      const uploaded = await context.provider.upload(KEY, OLD);
      const found = await assertFile(context, KEY, OLD, other);
      assertSameFile(found, uploaded, 'the two views');
      await other.upload(KEY, bytes(10, 3));
      await assertFile(context, KEY, bytes(10, 3));
    },
  },
  {
    name: 'the ETag differs between contents of one length, and has no quotes',
    async run({ provider }) {
      const etags = new Set<string>();
      for (let seed = 1; seed <= 5; seed++) {
        const { etag } = await provider.upload(KEY, bytes(100, seed));
        assert.match(etag, /^[^"\s]+$/, 'an ETag');
        etags.add(etag);
      }
      assert.equal(etags.size, 5, 'different ETags');
    },
  },
  {
    name: 'the checksums of a file are those of its content',
    async run(context) {
      const { provider } = context;
      for (const size of sizesOf(context)) {
        const content = bytes(size);
        await provider.upload(KEY, streamOfBytes(content));
        const sha256 = createHash('sha256').update(content).digest('hex');
        const crc = crc32(content).toString(16).padStart(8, '0');
        const { metadata, body } = await provider.download(KEY);
        body.destroy();
        for (const { checksums } of [metadata, await provider.stat(KEY)]) {
          assert.equal(checksums.sha256 ?? sha256, sha256, 'checksums.sha256');
          assert.equal(checksums.crc32 ?? crc, crc, 'checksums.crc32');
          assert.match(checksums.crc64nvme ?? '0123456789abcdef', /^[0-9a-f]{16}$/);
        }
      }
    },
  },
  {
    name: 'an upload whose announced length and checksums are right is stored',
    async run(context) {
      for (const size of sizesOf(context)) {
        const content = bytes(size);
        const checksums = {
          sha256: createHash('sha256').update(content).digest('hex'),
          crc32: crc32(content).toString(16).padStart(8, '0'),
        };
        for (const body of [content, streamOfBytes(content)]) {
          await context.provider.upload(KEY, body, { contentLength: size, checksums });
          await assertFile(context, KEY, content);
        }
      }
    },
  },
  ...(['sha256', 'crc32'] as const).map((algorithm) => ({
    name: `a body with another ${algorithm} than expected is refused and leaves all as it was`,
    async run(context: ConformanceContext) {
      const wrong = { sha256: 'ab'.repeat(32), crc32: 'abcdef01' }[algorithm];
      for (const size of sizesOf(context)) {
        await refusesContent(context, size, {
          options: { checksums: { [algorithm]: wrong } },
          code: 'ChecksumMismatch',
        });
      }
    },
  })),
  {
    name: 'a body with another crc64nvme than expected is refused, also where the provider can’t compute it',
    async run(context) {
      const upload = context.provider.upload(KEY, OLD, {
        checksums: { crc64nvme: '0123456789abcdef' },
      });
      await rejected(context, upload, ['ChecksumMismatch', 'Unsupported'], 'a wrong crc64nvme');
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'a body that is shorter than announced is refused and leaves all as it was',
    async run(context) {
      for (const size of sizesOf(context)) {
        await refusesContent(context, size, {
          options: { contentLength: size + 1 },
          code: 'ChecksumMismatch',
        });
      }
    },
  },
  {
    name: 'a body that is longer than announced is refused and leaves all as it was',
    async run(context) {
      for (const size of sizesOf(context).filter((bytes) => bytes > 0)) {
        await refusesContent(context, size, {
          options: { contentLength: size - 1 },
          code: 'ChecksumMismatch',
        });
      }
    },
  },
  {
    name: 'a body that fails leaves all as it was',
    async run(context) {
      const { provider } = context;
      for (const size of sizesOf(context)) {
        await leavesAllAsItWas(context, async (key) => {
          const failure = new Error('the source broke off');
          const body = failingStream(bytes(size), failure);
          const error = await rejected(
            context,
            provider.upload(key, body),
            ['Unknown', 'Unavailable'],
            `a body that fails after ${size} bytes`,
          );
          assert.ok(causes(error).includes(failure), 'the body’s error is among the causes');
        });
      }
    },
  },
  {
    name: 'a body that fails with a StorageError makes the upload fail with its code',
    async run(context) {
      const { provider } = context;
      for (const size of sizesOf(context)) {
        await leavesAllAsItWas(context, async (key) => {
          const failure = new StorageError('QuotaExceeded', 'no more of this');
          const upload = provider.upload(key, failingStream(bytes(size), failure));
          await rejected(context, upload, 'QuotaExceeded', `a body that fails after ${size} bytes`);
        });
      }
    },
  },
  {
    name: 'a body that failed before it was handed over makes the upload fail',
    async run(context) {
      const { provider } = context;
      const failure = new StorageError('TooLarge', 'failed early');
      await leavesAllAsItWas(context, async (key) => {
        const body = streamOfBytes(OLD);
        body.on('error', () => {}); // its owner has seen it
        body.destroy(failure);
        await new Promise((resolve) => setImmediate(resolve));
        await rejected(context, provider.upload(key, body), 'TooLarge', 'a body that had failed');
      });
    },
  },
  {
    name: 'progress is told in ascending bytes and ends with the size',
    async run(context) {
      for (const size of sizesOf(context)) {
        for (const body of [bytes(size), streamOfBytes(bytes(size))]) {
          const told: number[] = [];
          await context.provider.upload(KEY, body, { onProgress: (taken) => told.push(taken) });
          assert.deepEqual(
            told,
            [...told].sort((a, b) => a - b),
            'progress ascends',
          );
          assert.equal(told.at(-1) ?? 0, size, 'the last progress');
          if (size > 0) assert.ok(told.length > 0, 'progress was told');
        }
      }
    },
  },
];

function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let link = error; link instanceof Error && chain.length < 10; link = link.cause) {
    chain.push(link);
  }
  return chain;
}
