import assert from 'node:assert/strict';
import type { ETag, MultipartUpload, StorageProvider } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes, deferred, stalledStream, streamOfBytes } from './content.js';
import {
  assertAbsent,
  assertFile,
  assertNoLeftovers,
  collected,
  rejected,
} from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const KEY = 'folder/large file.bin';

async function unfinished(provider: StorageProvider, prefix?: string): Promise<MultipartUpload[]> {
  const uploads: MultipartUpload[] = [];
  const options = prefix === undefined ? {} : { prefix };
  for await (const upload of provider.multipart?.list(options) ?? []) uploads.push(upload);
  return uploads;
}

interface BegunUpload {
  readonly uploadId: string;
  /** Lets the upload go on after it was aborted from elsewhere: it has to fail. */
  finish(): Promise<void>;
}

/** An upload in parts that waits for the rest of its body. */
async function beginUpload(context: ConformanceContext): Promise<BegunUpload> {
  const { provider, largeFileBytes } = context;
  const { body, stalled } = stalledStream(bytes(largeFileBytes));
  let uploadId: string | undefined;
  const known = deferred();
  const onMultipartUpload = (id: string) => {
    uploadId = id;
    known.resolve();
  };
  const upload = provider.upload(KEY, body, { onMultipartUpload });
  const ended = upload.catch(() => {}); // looked at in `finish`
  await context.settled(Promise.race([Promise.all([stalled, known.promise]), ended]), 'the body');
  assert.ok(uploadId, 'the id of a multipart upload is told');
  return {
    uploadId,
    async finish() {
      body.push(bytes(largeFileBytes));
      body.push(null);
      const codes = ['Conflict', 'NotFound', 'Aborted', 'Unknown', 'Unavailable'] as const;
      await rejected(context, upload, codes, 'an upload that was aborted from elsewhere');
    },
  };
}

const DAY = 86_400_000;

export const multipartCases: readonly ConformanceCase[] = [
  {
    name: 'who has multipart uploads offers to list and abort them, who has none does not',
    async run({ provider }) {
      assert.equal(provider.multipart !== undefined, supports(provider, 'multipart'));
      assert.deepEqual(await unfinished(provider), []);
    },
  },
  {
    name: 'the id of a multipart upload is told before its first part is sent, and not for one request',
    async run(context) {
      const { provider, largeFileBytes } = context;
      const ids: string[] = [];
      const onMultipartUpload = async (id: string) => {
        await new Promise((resolve) => setImmediate(resolve));
        ids.push(id);
      };
      await provider.upload('small', streamOfBytes(bytes(10)), { onMultipartUpload });
      assert.deepEqual(ids, [], 'ids told for a small file');
      await provider.upload(KEY, streamOfBytes(bytes(largeFileBytes)), { onMultipartUpload });
      const expected = supports(provider, 'multipart') ? 1 : 0;
      assert.equal(ids.length, expected, 'ids told for a large file');
      assert.ok(ids.every((id) => typeof id === 'string' && id !== ''));
      await assertFile(context, KEY, bytes(largeFileBytes));
      assert.deepEqual(await unfinished(provider), []);
    },
  },
  {
    name: 'an upload whose id can’t be written down fails and leaves nothing',
    async run(context) {
      const { provider, largeFileBytes } = context;
      const body = streamOfBytes(bytes(largeFileBytes));
      const upload = provider.upload(KEY, body, {
        onMultipartUpload: () => Promise.reject(new Error('the journal is full')),
      });
      if (!supports(provider, 'multipart')) {
        await upload;
        await assertFile(context, KEY, bytes(largeFileBytes));
        return;
      }
      await rejected(context, upload, ['Unknown'], 'an upload without a journal');
      assert.deepEqual(await unfinished(provider), []);
      await assertNoLeftovers(context);
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'an unfinished multipart upload is listed under its key, and aborting it, also twice, leaves nothing',
    async run(context) {
      const { provider } = context;
      const { multipart } = provider;
      if (multipart === undefined) {
        assert.equal(provider.capabilities.multipart, 'absent');
        return;
      }
      const { uploadId, finish } = await beginUpload(context);
      const listed = await unfinished(provider, 'folder/');
      assert.deepEqual(
        listed.map(({ key, uploadId }) => ({ key, uploadId })),
        [{ key: KEY, uploadId }],
      );
      assert.ok(listed[0]?.initiated instanceof Date, 'initiated');
      assert.deepEqual(await unfinished(provider, 'other/'), []);
      await multipart.abort(KEY, uploadId);
      await multipart.abort(KEY, uploadId);
      assert.deepEqual(await unfinished(provider), []);
      await finish();
      await assertNoLeftovers(context);
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'the parts of an upload that is not there are NotFound, to be listed and to be completed',
    async run(context) {
      const { provider } = context;
      const { multipart } = provider;
      if (multipart === undefined) {
        assert.equal(provider.capabilities.multipart, 'absent');
        return;
      }
      const { uploadId, finish } = await beginUpload(context);
      const parts = await collected(multipart.listParts(KEY, uploadId));
      const numbers = parts.map(({ number }) => number);
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].sort((a, b) => a - b),
        'part numbers',
      );
      for (const { number, etag, size } of parts) {
        assert.ok(number >= 1 && size > 0 && etag, `part ${number}`);
      }
      await multipart.abort(KEY, uploadId);
      const listing = collected(multipart.listParts(KEY, uploadId));
      await rejected(context, listing, 'NotFound', 'listing parts');
      const part = { number: 1, etag: 'no-such-etag' as ETag };
      const complete = multipart.complete(KEY, uploadId, [part]);
      await rejected(context, complete, 'NotFound', 'completing an upload that was aborted');
      await finish();
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'a sweep aborts what was begun long enough ago under its prefix, and nothing else',
    async run(context) {
      const { provider } = context;
      const { multipart } = provider;
      if (multipart === undefined) {
        assert.equal(provider.capabilities.multipart, 'absent');
        return;
      }
      const { uploadId, finish } = await beginUpload(context);
      const future = new Date(Date.now() + DAY);
      for (const spares of [
        { initiatedBefore: new Date(0) },
        { initiatedBefore: new Date(Date.now() - DAY), prefix: 'folder/' },
        { initiatedBefore: future, prefix: 'other/' },
      ]) {
        const swept = await multipart.sweep(spares);
        assert.deepEqual(swept, { aborted: [], failed: [] }, JSON.stringify(spares));
      }
      assert.equal((await unfinished(provider)).length, 1, 'unfinished uploads');
      const { aborted, failed } = await multipart.sweep({
        initiatedBefore: future,
        prefix: 'folder/',
      });
      assert.deepEqual(
        aborted.map((upload) => [upload.key, upload.uploadId]),
        [[KEY, uploadId]],
      );
      assert.deepEqual(failed, [], 'what could not be aborted');
      assert.deepEqual(await unfinished(provider), []);
      await finish();
      await assertNoLeftovers(context);
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'a sweep without a date is refused, and aborts nothing',
    async run(context) {
      const { provider } = context;
      const { multipart } = provider;
      if (multipart === undefined) {
        assert.equal(provider.capabilities.multipart, 'absent');
        return;
      }
      const { uploadId, finish } = await beginUpload(context);
      for (const options of [
        {},
        { initiatedBefore: undefined },
        { initiatedBefore: Date.now() },
        { initiatedBefore: new Date(Number.NaN) },
      ]) {
        const sweep = multipart.sweep(options as never);
        await rejected(context, sweep, 'InvalidArgument', `a sweep with ${String(options)}`);
      }
      assert.equal((await unfinished(provider)).length, 1, 'unfinished uploads');
      await multipart.abort(KEY, uploadId);
      await finish();
    },
  },
];
