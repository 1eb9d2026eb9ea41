import assert from 'node:assert/strict';
import type { FileTags } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes, streamOfBytes } from './content.js';
import { assertAbsent, assertFile, assertSameFile, rejected } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { member } from './operations.js';

const KEY = 'folder/tagged file.bin';
const OTHER = 'other folder/copy.bin';
const CONTENT = bytes(900, 4);
const TAGS = { class: 'a b/é', 'größe +-=._:@': 'x', empty: '' };

/** The tags of the provider; where there are none, what asks for them is refused, and nothing is stored. */
async function tagsOrRefusal(context: ConformanceContext): Promise<FileTags | undefined> {
  const { provider } = context;
  if (supports(provider, 'tags')) return member(provider, 'tags');
  const upload = provider.upload('with tags', CONTENT, { tags: TAGS });
  await rejected(context, upload, 'Unsupported', 'an upload with tags');
  await assertAbsent(context, 'with tags');
  return undefined;
}

/** Compares what is in them, and not their prototypes. */
async function assertTags(
  tags: FileTags,
  key: string,
  expected: Readonly<Record<string, string>>,
  versionId?: string,
): Promise<void> {
  const found = await tags.get(key, versionId === undefined ? {} : { versionId });
  assert.deepEqual({ ...found }, expected, `the tags of ${key}`);
}

export const tagCases: readonly ConformanceCase[] = [
  {
    name: 'a file has the tags that it was uploaded with, or none',
    async run(context) {
      const tags = await tagsOrRefusal(context);
      if (tags === undefined) return;
      const { provider, largeFileBytes } = context;
      await provider.upload(KEY, CONTENT, { tags: TAGS });
      await assertTags(tags, KEY, TAGS);
      await assertFile(context, KEY, CONTENT);
      await provider.upload('large', streamOfBytes(bytes(largeFileBytes)), { tags: TAGS });
      await assertTags(tags, 'large', TAGS);
      await provider.upload(OTHER, CONTENT);
      await assertTags(tags, OTHER, {});
      await provider.upload(OTHER, CONTENT, { tags: {} });
      await assertTags(tags, OTHER, {});
    },
  },
  {
    name: 'an upload over a file replaces its tags, also by none',
    async run(context) {
      const tags = await tagsOrRefusal(context);
      if (tags === undefined) return;
      await context.provider.upload(KEY, 'old', { tags: TAGS });
      await context.provider.upload(KEY, 'new', { tags: { class: 'new' } });
      await assertTags(tags, KEY, { class: 'new' });
      await context.provider.upload(KEY, CONTENT);
      await assertTags(tags, KEY, {});
      await context.provider.delete(KEY);
      await context.provider.upload(KEY, CONTENT);
      await assertTags(tags, KEY, {});
    },
  },
  {
    name: 'tags that are set replace all that were there; content, metadata and ETag stay',
    async run(context) {
      const tags = await tagsOrRefusal(context);
      if (tags === undefined) return;
      const { provider } = context;
      const described = supports(provider, 'metadata') ? { metadata: { author: 'Zoë' } } : {};
      const before = await provider.upload(KEY, CONTENT, { ...described, tags: { old: '1' } });
      await tags.set(KEY, TAGS);
      await assertTags(tags, KEY, TAGS);
      await tags.set(KEY, { only: 'this' });
      await assertTags(tags, KEY, { only: 'this' });
      await tags.set(KEY, {});
      await assertTags(tags, KEY, {});
      const after = await assertFile(context, KEY, CONTENT);
      assertSameFile(after, before, 'the file before and after its tags were set');
    },
  },
  {
    name: 'a copy and a moved file carry the tags of their original, and none of what they replace',
    async run(context) {
      const tags = await tagsOrRefusal(context);
      if (tags === undefined) return;
      const { provider } = context;
      await provider.upload(KEY, CONTENT, { tags: TAGS });
      await provider.upload(OTHER, 'replaced', { tags: { replaced: 'yes' } });
      await provider.copy(KEY, OTHER);
      await assertTags(tags, OTHER, TAGS);
      await assertTags(tags, KEY, TAGS);
      await tags.set(OTHER, { changed: 'yes' });
      await assertTags(tags, KEY, TAGS);
      await provider.move(OTHER, 'moved');
      await assertTags(tags, 'moved', { changed: 'yes' });
    },
  },
  {
    name: 'tags of a missing file are NotFound, and setting them makes no file',
    async run(context) {
      const tags = await tagsOrRefusal(context);
      if (tags === undefined) return;
      await rejected(context, tags.get(KEY), 'NotFound', 'getting the tags of a missing file');
      const set = tags.set(KEY, TAGS);
      await rejected(context, set, 'NotFound', 'setting the tags of a missing file');
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'tags of wrong form are refused with InvalidArgument and change nothing',
    async run(context) {
      const tags = await tagsOrRefusal(context);
      if (tags === undefined) return;
      const { provider } = context;
      await provider.upload(KEY, CONTENT, { tags: TAGS });
      const wrong: readonly unknown[] = [
        { '': 'no name' },
        { number: 1 },
        { missing: undefined },
        { line: 'two\nlines' },
        ['a', 'b'],
        'a=b',
        null,
      ];
      for (const value of wrong) {
        const given = value as Readonly<Record<string, string>>;
        const shown = JSON.stringify(value);
        await rejected(context, tags.set(KEY, given), 'InvalidArgument', `setting ${shown}`);
        const upload = provider.upload(KEY, 'new', { tags: given });
        await rejected(context, upload, 'InvalidArgument', `an upload with ${shown}`);
      }
      await assertTags(tags, KEY, TAGS);
      await assertFile(context, KEY, CONTENT);
    },
  },
];
