import assert from 'node:assert/strict';
import type { FileMetadata } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes, streamOfBytes } from './content.js';
import { assertAbsent, assertFile, assertSameFile, listNames, rejected } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const FROM = 'folder/source.txt';
const TO = 'other folder/désti+nation %2F.bin';
const CONTENT = bytes(2_000, 3);

function describedOptions({ provider }: ConformanceContext) {
  return supports(provider, 'metadata')
    ? {
        contentType: 'text/x-special',
        cacheControl: 'max-age=60',
        contentDisposition: 'attachment; filename="a.txt"',
        metadata: { author: 'Zoë', empty: '' },
      }
    : {};
}

/** The copy, as if it were the same version under the same key as its original. */
function asVersionOf(original: FileMetadata, copy: FileMetadata): FileMetadata {
  const { key, etag, lastModified, versionId } = original;
  return { ...copy, key, etag, lastModified, ...(versionId === undefined ? {} : { versionId }) };
}

/** The two differ in nothing but the key and the time. */
async function assertCopied(context: ConformanceContext, content: Uint8Array): Promise<void> {
  const original = await assertFile(context, FROM, content);
  const copy = await assertFile(context, TO, content);
  assertSameFile(asVersionOf(original, copy), original, 'a copy and its original');
  for (const algorithm of ['sha256', 'crc32'] as const) {
    const known = original.checksums[algorithm];
    assert.equal(copy.checksums[algorithm] ?? known, known ?? copy.checksums[algorithm]);
  }
}

export const copyCases: readonly ConformanceCase[] = [
  {
    name: 'a copy has the content, the headers and the metadata of its original, which stays',
    async run(context) {
      await context.provider.upload(FROM, CONTENT, describedOptions(context));
      const returned = await context.provider.copy(FROM, TO);
      assert.equal(returned.key, TO, 'the key that copy returns');
      await assertCopied(context, CONTENT);
      assertSameFile(returned, await context.provider.stat(TO), 'what copy returns and stat');
    },
  },
  {
    name: 'a large file and an empty one are copied',
    async run(context) {
      for (const size of [context.largeFileBytes, 0]) {
        await context.provider.upload(FROM, streamOfBytes(bytes(size)), describedOptions(context));
        await context.provider.copy(FROM, TO);
        await assertCopied(context, bytes(size));
      }
    },
  },
  {
    name: 'a copy replaces the file at its destination, metadata included',
    async run(context) {
      const { provider } = context;
      await provider.upload(TO, 'old', describedOptions(context));
      await provider.upload(FROM, CONTENT);
      await provider.copy(FROM, TO);
      await assertCopied(context, CONTENT);
    },
  },
  {
    name: 'a copy and its original are two files',
    async run(context) {
      const { provider } = context;
      await provider.upload(FROM, CONTENT);
      await provider.copy(FROM, TO);
      await provider.upload(FROM, 'changed');
      await assertFile(context, TO, CONTENT);
      await provider.delete(FROM);
      await assertFile(context, TO, CONTENT);
    },
  },
  {
    name: 'a copy of a missing file is NotFound and changes nothing',
    async run(context) {
      const { provider } = context;
      await provider.upload(TO, CONTENT);
      for (const operation of ['copy', 'move'] as const) {
        await rejected(context, provider[operation](FROM, TO), 'NotFound', operation);
        await rejected(context, provider[operation](FROM, 'new'), 'NotFound', operation);
        await rejected(
          context,
          provider[operation](FROM, FROM),
          'NotFound',
          `${operation} to itself`,
        );
      }
      await assertFile(context, TO, CONTENT);
      assert.deepEqual(await listNames(provider), [TO]);
    },
  },
  {
    name: 'a file that is copied or moved onto itself stays as it is',
    async run(context) {
      const { provider } = context;
      await provider.upload(FROM, CONTENT, describedOptions(context));
      const before = await provider.stat(FROM);
      for (const operation of ['copy', 'move'] as const) {
        const returned = await provider[operation](FROM, FROM);
        assert.equal(returned.size, CONTENT.byteLength, operation);
        const after = await assertFile(context, FROM, CONTENT);
        assertSameFile(asVersionOf(before, after), before, operation);
      }
    },
  },
  {
    name: 'a moved file is at its new key, whole, and at its old one no more',
    async run(context) {
      const { provider } = context;
      const options = describedOptions(context);
      const original = await provider.upload(FROM, CONTENT, options);
      await provider.upload(TO, 'replaced');
      const returned = await provider.move(FROM, TO);
      const moved = await assertFile(context, TO, CONTENT);
      assertSameFile(returned, moved, 'what move returns and download');
      assertSameFile(asVersionOf(original, moved), original, 'the file before and after');
      await assertAbsent(context, FROM);
    },
  },
];
