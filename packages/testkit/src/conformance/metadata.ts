import assert from 'node:assert/strict';
import { isStorageError, type UploadOptions } from '@org/storage-core';
import { supports, supportsOrRefuses } from './capabilities.js';
import { bytes, streamOfBytes } from './content.js';
import { assertAbsent, assertFile, assertStorageError, rejected } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const KEY = 'folder/file.txt';
const CONTENT = bytes(100);

const DERIVED: Readonly<Record<string, string>> = {
  'a.txt': 'text/plain',
  'b/page.html': 'text/html',
  'c.JSON': 'application/json',
  'd.tar.gz': 'application/gzip',
  'image.svg': 'image/svg+xml',
  'p.png': 'image/png',
  'no-extension': 'application/octet-stream',
  'unknown.extension-of-nothing': 'application/octet-stream',
  'dotted.txt/name': 'application/octet-stream',
};

/** Texts that do not survive where they are taken for something else. */
const TEXTS: readonly string[] = [
  'plain',
  '',
  'Übersicht',
  '日本語のテキスト',
  '👩‍👩‍👧 and 🏳️‍🌈',
  'e\u0301 is not \u00e9',
  ' spaces at the ends ',
  'two  spaces',
  'percent %41 %2F %',
  'plus+and=equals&more',
  'quotes " and \\ backslash',
  'a,b; c="d"',
  '=?UTF-8?B?w5w=?=',
  "UTF-8''%c3%9c",
  '\u2028\u200b\ufeff',
  'x'.repeat(300),
];

/** Uploads with the options, and gives back what download tells. */
async function storedWith(context: ConformanceContext, options: UploadOptions) {
  for (const body of [
    CONTENT,
    streamOfBytes(CONTENT),
    streamOfBytes(bytes(context.largeFileBytes)),
  ]) {
    await context.provider.upload(KEY, body, options);
    const { metadata } = await context.provider.download(KEY).then((download) => {
      download.body.destroy();
      return download;
    });
    const stat = await context.provider.stat(KEY);
    for (const file of [metadata, stat]) {
      assert.deepEqual({ ...file.metadata }, { ...options.metadata }, 'metadata');
      assert.equal(file.contentType, options.contentType ?? 'text/plain', 'contentType');
      assert.equal(file.cacheControl, options.cacheControl, 'cacheControl');
      assert.equal(file.contentDisposition, options.contentDisposition, 'contentDisposition');
    }
  }
}

async function refusedIfAbsent(context: ConformanceContext, options: UploadOptions) {
  const attempt = () => context.provider.upload(KEY, CONTENT, options);
  return supportsOrRefuses(context, 'metadata', attempt);
}

export const metadataCases: readonly ConformanceCase[] = [
  {
    name: 'without one given, the content type is what the extension of the key stands for',
    async run(context) {
      for (const [key, contentType] of Object.entries(DERIVED)) {
        await context.provider.upload(key, CONTENT);
        const found = await assertFile(context, key, CONTENT);
        assert.equal(found.contentType, contentType, key);
        assert.deepEqual({ ...found.metadata }, {}, `metadata of ${key}`);
        assert.equal(found.cacheControl, undefined, `cacheControl of ${key}`);
        assert.equal(found.contentDisposition, undefined, `contentDisposition of ${key}`);
      }
    },
  },
  {
    name: 'a content type, headers and metadata that are given are stored and told',
    async run(context) {
      const options = {
        contentType: 'application/x-own; charset=utf-8; v="1, 2"',
        cacheControl: 'public, max-age=31536000, immutable',
        contentDisposition: `attachment; filename="a b.txt"; filename*=UTF-8''%C3%9Cbersicht.txt`,
        metadata: { author: 'me', 'x-y.z_1': '2', constructor: 'c', '0': 'zero' },
      };
      if (!(await refusedIfAbsent(context, options))) return;
      await storedWith(context, options);
    },
  },
  {
    name: 'metadata are any Unicode text',
    async run(context) {
      if (!(await refusedIfAbsent(context, { metadata: { a: 'b' } }))) return;
      for (const text of TEXTS) {
        await context.provider.upload(KEY, CONTENT, { metadata: { text } });
        const { metadata } = await assertFile(context, KEY, CONTENT);
        assert.deepEqual({ ...metadata }, { text }, JSON.stringify(text));
      }
      await storedWith(context, {
        metadata: { one: 'Übersicht', two: '日本語のテキスト', three: ' ' },
      });
    },
  },
  {
    name: 'headers of any Unicode text are stored exactly or refused, not garbled',
    async run(context) {
      const { provider } = context;
      if (!(await refusedIfAbsent(context, { cacheControl: 'no-cache' }))) return;
      for (const header of ['contentType', 'cacheControl', 'contentDisposition'] as const) {
        for (const text of ['attachment; filename="日本 Ü.txt"', ' text/plain ']) {
          await provider.delete(KEY);
          try {
            await provider.upload(KEY, CONTENT, { [header]: text });
          } catch (error) {
            assert.ok(isStorageError(error), `${header} made the upload fail with ${error}`);
            assertStorageError(error, ['InvalidArgument', 'Unsupported'], `${header} of ${text}`);
            await assertAbsent(context, KEY);
            continue;
          }
          assert.equal((await provider.stat(KEY))[header], text, header);
        }
      }
    },
  },
  {
    name: 'a file that is replaced loses the headers and the metadata of the old one',
    async run(context) {
      const options = { contentType: 'text/x-old', cacheControl: 'no-store', metadata: { a: '1' } };
      if (!(await refusedIfAbsent(context, options))) return;
      await context.provider.upload(KEY, CONTENT, options);
      await storedWith(context, { metadata: { b: '2' } });
      await storedWith(context, {});
    },
  },
  {
    name: 'the same content with other metadata is a change of the metadata',
    async run(context) {
      if (!(await refusedIfAbsent(context, { metadata: { a: 'b' } }))) return;
      for (const version of ['1', '2', '3']) {
        await context.provider.upload(KEY, CONTENT, {
          contentType: `text/x-${version}`,
          metadata: { version },
        });
        const found = await assertFile(context, KEY, CONTENT);
        assert.equal(found.contentType, `text/x-${version}`);
        assert.deepEqual({ ...found.metadata }, { version });
      }
    },
  },
  {
    name: 'metadata that are handed out are the caller’s own',
    async run(context) {
      const { provider } = context;
      if (!(await refusedIfAbsent(context, { metadata: { a: 'b' } }))) return;
      const options = { metadata: { a: 'b' } };
      const uploaded = await provider.upload(KEY, CONTENT, options);
      options.metadata.a = 'changed afterwards';
      const stat = await provider.stat(KEY);
      for (const file of [uploaded, stat]) {
        file.lastModified.setTime(0);
        Reflect.set(file.metadata, 'a', 'changed by a reader'); // `false` where it is frozen
      }
      const found = await assertFile(context, KEY, CONTENT);
      assert.deepEqual({ ...found.metadata }, { a: 'b' });
      assert.notEqual(found.lastModified.getTime(), 0, 'lastModified');
    },
  },
  {
    name: 'names and texts that are not allowed are refused with InvalidArgument, and nothing is stored',
    async run(context) {
      const refused: readonly UploadOptions[] = [
        { metadata: { Upper: 'x' } },
        { metadata: { 'with space': 'x' } },
        { metadata: { 'a:b': 'x' } },
        { metadata: { '': 'x' } },
        { metadata: { ü: 'x' } },
        { metadata: { 'storage-sha256': 'x' } },
        { metadata: { a: 'line\nbreak' } },
        { metadata: { a: 'x\r\nx-amz-acl: public-read' } },
        { metadata: { a: 'NUL\0' } },
        { metadata: { a: 'lone \ud800' } },
        { metadata: { a: 1 as unknown as string } },
        { contentType: 'text/plain\r\nx: y' },
        { cacheControl: 'a\0' },
        { contentDisposition: 'a\u007f' },
        { contentType: 5 as unknown as string },
      ];
      for (const options of refused) {
        const upload = context.provider.upload(KEY, CONTENT, options);
        const codes = supports(context.provider, 'metadata')
          ? 'InvalidArgument'
          : (['InvalidArgument', 'Unsupported'] as const);
        await rejected(context, upload, codes, JSON.stringify(options));
      }
      await assertAbsent(context, KEY);
    },
  },
];
