import assert from 'node:assert/strict';
import { isStorageError, readAll } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes, streamOfBytes } from './content.js';
import { assertAbsent, assertBytes, assertFile, assertStorageError } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const KEY = 'folder/file.bin';
const REPLACEMENTS = 25;
const READERS = 4;

/** Version `i` of the file: its length, every byte of it and its metadata tell which one it is. */
const versionBody = (i: number) => Buffer.alloc(30_000 + i, i);

function versionOptions(i: number, context: ConformanceContext) {
  return supports(context.provider, 'metadata')
    ? { contentType: `text/x-${i}`, metadata: { version: String(i) } }
    : {};
}

/** Reads the file once and fails if it is a mixture of versions. */
async function readVersion(context: ConformanceContext): Promise<void> {
  const { provider } = context;
  const { metadata, body } = await provider.download(KEY);
  const stat = await provider.stat(KEY);
  const withMetadata = supports(provider, 'metadata');
  for (const file of [metadata, stat]) {
    const version = file.size - 30_000;
    if (!withMetadata) continue;
    assert.equal(file.metadata['version'], String(version), 'metadata of another version');
    assert.equal(file.contentType, `text/x-${version}`, 'content type of another version');
  }
  try {
    assertBytes(await readAll(body), versionBody(metadata.size - 30_000), 'a version');
  } catch (error) {
    if (!isStorageError(error)) throw error;
    assertStorageError(error, 'Conflict', 'reading a file that is replaced');
  }
}

/** Opens a large file, reads the first chunk, lets `change` happen to the key and reads the rest. */
async function readAcross(
  context: ConformanceContext,
  change: () => Promise<unknown>,
): Promise<void> {
  const content = bytes(context.largeFileBytes, 1);
  await context.provider.upload(KEY, streamOfBytes(content));
  const { body } = await context.provider.download(KEY);
  const chunks: Buffer[] = [];
  let changed = false;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (changed) continue;
      changed = true;
      await change();
    }
  } catch (error) {
    assertStorageError(error, 'Conflict', 'reading on');
    return;
  }
  assertBytes(Buffer.concat(chunks), content, 'what the reader got');
}

export const replacementCases: readonly ConformanceCase[] = [
  {
    name: 'readers see the old file or the new one, never a mixture, while it is replaced',
    async run(context) {
      await context.provider.upload(KEY, versionBody(0), versionOptions(0, context));
      let done = false;
      let reads = 0;
      const reader = async () => {
        while (!done) {
          await readVersion(context);
          reads++;
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const writer = async () => {
        try {
          for (let i = 1; i <= REPLACEMENTS; i++) {
            await context.provider.upload(KEY, versionBody(i), versionOptions(i, context));
            const { size } = await context.provider.stat(KEY);
            assert.equal(size, 30_000 + i, 'what stat sees after the upload');
          }
        } finally {
          done = true;
        }
      };
      await context.settled(
        Promise.all([writer(), ...Array.from({ length: READERS }, reader)]),
        'replacing and reading a file',
      );
      assert.ok(reads > 0, 'the file was read');
      await assertFile(context, KEY, versionBody(REPLACEMENTS));
    },
  },
  {
    name: 'a reader who opened the old file keeps reading it whole after it was replaced',
    async run(context) {
      const replacement = bytes(context.largeFileBytes, 2);
      await readAcross(context, () => context.provider.upload(KEY, replacement));
      await assertFile(context, KEY, replacement);
    },
  },
  {
    name: 'a reader who opened a file keeps reading it whole after it was deleted',
    async run(context) {
      await readAcross(context, () => context.provider.delete(KEY));
      await assertAbsent(context, KEY);
    },
  },
];
