import assert from 'node:assert/strict';
import type { MultipartUpload, StorageProvider } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes, stalledStream, streamOfBytes } from './content.js';
import { assertAbsent, assertFile, assertNoLeftovers, rejected } from './expectations.js';
import type { ConformanceCase } from './harness.js';

const KEY = 'folder/large file.bin';

async function unfinished(provider: StorageProvider, prefix?: string): Promise<MultipartUpload[]> {
  const uploads: MultipartUpload[] = [];
  const options = prefix === undefined ? {} : { prefix };
  for await (const upload of provider.multipart?.list(options) ?? []) uploads.push(upload);
  return uploads;
}

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
      const { provider, largeFileBytes } = context;
      const { multipart } = provider;
      if (multipart === undefined) {
        assert.equal(provider.capabilities.multipart, 'absent');
        return;
      }
      const ids: string[] = [];
      const { body, stalled } = stalledStream(bytes(largeFileBytes));
      let begun = () => {};
      const known = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const onMultipartUpload = (id: string) => {
        ids.push(id);
        begun();
      };
      const upload = provider.upload(KEY, body, { onMultipartUpload });
      const ended = upload.catch(() => {}); // looked at below
      await context.settled(
        Promise.race([Promise.all([stalled, known]), ended]),
        'reading the body',
      );
      const listed = await unfinished(provider, 'folder/');
      assert.deepEqual(
        listed.map(({ key, uploadId }) => ({ key, uploadId })),
        ids.map((uploadId) => ({ key: KEY, uploadId })),
      );
      assert.ok(listed[0]?.initiated instanceof Date, 'initiated');
      assert.deepEqual(await unfinished(provider, 'other/'), []);
      const [id = ''] = ids;
      await multipart.abort(KEY, id);
      await multipart.abort(KEY, id);
      assert.deepEqual(await unfinished(provider), []);
      body.push(bytes(largeFileBytes));
      body.push(null);
      await rejected(
        context,
        upload,
        ['Conflict', 'NotFound', 'Aborted', 'Unknown', 'Unavailable'],
        'an upload that was aborted from elsewhere',
      );
      await assertNoLeftovers(context);
      await assertAbsent(context, KEY);
    },
  },
];
