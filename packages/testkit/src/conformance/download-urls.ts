import assert from 'node:assert/strict';
import type { DownloadUrlOptions, SignedUrl } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes } from './content.js';
import { assertBytes, assertFile, rejected } from './expectations.js';
import { assertExpiry, refusedOnceExpired } from './expiry.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { member } from './operations.js';

const KEY = 'folder/désti+nation %2F.txt';
const CONTENT = bytes(2_000, 6);
const DEFAULT_EXPIRY = 900;

type Sign = (key: string, options?: DownloadUrlOptions) => Promise<SignedUrl>;

/** Signs URLs, where the provider does. */
function signer({ provider }: Pick<ConformanceContext, 'provider'>): Sign | undefined {
  if (!supports(provider, 'downloadUrls')) {
    assert.equal(provider.createDownloadUrl, undefined);
    return undefined;
  }
  member(provider, 'createDownloadUrl');
  return async (key, options) => {
    const signed = await provider.createDownloadUrl?.(key, options);
    assert.ok(signed, 'createDownloadUrl resolves to a URL');
    return signed;
  };
}

async function assertRefused(answer: Promise<Response>, what: string): Promise<void> {
  const { ok, status, body } = await answer;
  await body?.cancel();
  assert.ok(!ok && status >= 400 && status < 500, `${what} was answered with ${status}`);
}

export const downloadUrlCases: readonly ConformanceCase[] = [
  {
    name: 'a download URL is one of a URL’s form, for the time that was asked for',
    async run(context) {
      const sign = signer(context);
      if (sign === undefined) return;
      for (const expiresIn of [undefined, 60, 3_600]) {
        const { url, expiresAt } = await sign(KEY, { expiresIn }); // the file need not exist
        assert.ok(URL.canParse(url), url);
        assertExpiry(expiresAt, expiresIn ?? DEFAULT_EXPIRY);
      }
    },
  },
  {
    name: 'options of a download URL that are of wrong form are refused',
    async run(context) {
      const sign = signer(context);
      if (sign === undefined) return;
      for (const options of [
        { expiresIn: 0 },
        { expiresIn: 1.5 },
        { expiresIn: 604_801 },
        { expiresIn: '60' },
        { contentType: 'text/plain\r\nset-cookie: a=b' },
        { contentDisposition: 5 },
        { versionId: '' },
      ]) {
        const call = sign(KEY, options as never);
        await rejected(context, call, 'InvalidArgument', JSON.stringify(options));
      }
    },
  },
  {
    name: 'who has a download URL gets the file, with the headers that were asked for',
    async run(context) {
      const { provider, fetch } = context;
      const sign = signer(context);
      if (sign === undefined || fetch === undefined) return;
      const described = supports(provider, 'metadata') ? { contentType: 'text/x-own' } : {};
      await provider.upload(KEY, CONTENT, described);
      const answer = await fetch((await sign(KEY)).url);
      assert.equal(answer.status, 200, 'the status of a download');
      assertBytes(Buffer.from(await answer.arrayBuffer()), CONTENT, 'what was fetched');
      const { contentType } = await provider.stat(KEY);
      assert.equal(answer.headers.get('content-type'), contentType, 'content-type');
      const headers = {
        contentType: 'text/x-other',
        contentDisposition: 'attachment; filename="a b.txt"',
        cacheControl: 'private, max-age=5',
      };
      const other = await fetch((await sign(KEY, headers)).url);
      assertBytes(Buffer.from(await other.arrayBuffer()), CONTENT, 'what was fetched');
      assert.deepEqual(
        ['content-type', 'content-disposition', 'cache-control'].map((name) =>
          other.headers.get(name),
        ),
        Object.values(headers),
        'headers',
      );
    },
  },
  {
    name: 'a download URL is good for one file and for reading alone',
    async run(context) {
      const { provider, fetch } = context;
      const sign = signer(context);
      if (sign === undefined || fetch === undefined) return;
      await provider.upload('public-file', CONTENT);
      await provider.upload('secret-file', 'secret');
      const { url } = await sign('public-file');
      const changed = url.replaceAll('public-file', 'secret-file');
      if (changed !== url) await assertRefused(fetch(changed), 'a URL with another key');
      await assertRefused(fetch(url, { method: 'PUT', body: 'new' }), 'an upload to the URL');
      await assertRefused(fetch(url, { method: 'DELETE' }), 'a deletion by the URL');
      await assertFile(context, 'public-file', CONTENT);
    },
  },
  {
    name: 'a download URL for a missing file is answered with 404',
    async run(context) {
      const sign = signer(context);
      if (sign === undefined || context.fetch === undefined) return;
      const answer = await context.fetch((await sign('missing')).url);
      await answer.body?.cancel();
      assert.equal(answer.status, 404);
    },
  },
  {
    name: 'a download URL is refused once it has expired',
    async run(context) {
      const { provider, fetch } = context;
      const sign = signer(context);
      if (sign === undefined || fetch === undefined) return;
      await provider.upload(KEY, CONTENT);
      const { url, expiresAt } = await sign(KEY, { expiresIn: 1 });
      assertExpiry(expiresAt, 1);
      await refusedOnceExpired(context, () => fetch(url), 'a download URL');
      const again = await fetch((await sign(KEY)).url);
      assertBytes(Buffer.from(await again.arrayBuffer()), CONTENT, 'what a new URL gives');
    },
  },
  {
    name: 'a download URL for a version gives that version, whatever became of the file',
    async run(context) {
      if (signer(context) === undefined) return;
      const { provider, fetch } = (await context.versionedStore()) ?? {};
      if (provider === undefined || fetch === undefined) return;
      const sign = signer({ provider });
      assert.ok(sign, 'the store with versions signs URLs, too');
      const { versionId } = await provider.upload(KEY, CONTENT);
      assert.ok(versionId, 'the id of a version');
      const newer = bytes(1_000, 7);
      await provider.upload(KEY, newer);
      const { url } = await sign(KEY, { versionId });
      const assertOlder = async () => {
        const answer = await fetch(url);
        assert.equal(answer.status, 200, 'the status of a download');
        assertBytes(Buffer.from(await answer.arrayBuffer()), CONTENT, 'the version');
      };
      await assertOlder();
      const current = await fetch((await sign(KEY)).url);
      assertBytes(Buffer.from(await current.arrayBuffer()), newer, 'the current version');
      await provider.delete(KEY);
      await assertOlder();
      const other = url.replaceAll(encodeURIComponent(versionId), 'another-version');
      if (other !== url) await assertRefused(fetch(other), 'a URL with another version');
    },
  },
];
