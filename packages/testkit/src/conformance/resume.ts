import assert from 'node:assert/strict';
import { isStorageError, type UploadOptions } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes, deferred, failingStream, pieces, stalledStream, streamOfBytes } from './content.js';
import {
  assertAbsent,
  assertFile,
  assertNoLeftovers,
  collected,
  contentOf,
  rejected,
} from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

const KEY = 'folder/large file.bin';
const OLD = bytes(300, 9);
const FAILED = ['Unknown', 'Unavailable'] as const;

/** Whether uploads can be continued; where they can't, the options for it are refused, and nothing is stored. */
async function resumesOrRefuses(context: ConformanceContext): Promise<boolean> {
  const { provider } = context;
  if (supports(provider, 'resumableUpload')) return true;
  for (const options of [{ uploadId: 'an-id' }, { keepParts: true }]) {
    const upload = provider.upload(KEY, bytes(context.largeFileBytes), options);
    await rejected(context, upload, 'Unsupported', JSON.stringify(options));
  }
  await assertAbsent(context, KEY);
  await provider.upload(KEY, OLD, { keepParts: false });
  await assertFile(context, KEY, OLD);
  return false;
}

/** Begins an upload whose body fails ten bytes before its end, and returns its id. */
async function failedUpload(
  context: ConformanceContext,
  content: Buffer,
  options: UploadOptions = {},
): Promise<string> {
  const ids: string[] = [];
  const known = deferred();
  const onMultipartUpload = (id: string) => {
    ids.push(id);
    known.resolve();
  };
  const body = async function* () {
    yield* pieces(content.subarray(0, content.byteLength - 10));
    await known.promise;
    throw new Error('the source fails');
  };
  const upload = context.provider.upload(KEY, body(), {
    keepParts: true,
    onMultipartUpload,
    ...options,
  });
  await rejected(context, upload, FAILED, 'an upload whose body fails');
  const [id] = ids;
  assert.ok(ids.length === 1 && id, 'the id of the upload is told, once');
  return id;
}

/** What the store tells of unfinished uploads is none, where it tells of them. */
async function assertNothingUnfinished(context: ConformanceContext): Promise<void> {
  await assertNoLeftovers(context);
  assert.deepEqual(await collected(context.provider.multipart?.list() ?? none()), []);
}

async function* none(): AsyncGenerator<never> {}

export const resumeCases: readonly ConformanceCase[] = [
  {
    name: 'an upload whose body failed is continued by its id, and leaves the file alone',
    async run(context) {
      if (!(await resumesOrRefuses(context))) return;
      const { provider, largeFileBytes } = context;
      const content = bytes(largeFileBytes, 2);
      const described = supports(provider, 'metadata') ? { metadata: { author: 'Zoë' } } : {};
      await provider.upload(KEY, OLD);
      const uploadId = await failedUpload(context, content, described);
      await assertFile(context, KEY, OLD);
      const told: string[] = [];
      await provider.upload(KEY, streamOfBytes(content), {
        ...described,
        uploadId,
        onMultipartUpload: (id) => void told.push(id),
      });
      assert.ok(
        told.every((id) => id === uploadId),
        'an upload that is there is not begun anew',
      );
      const file = await assertFile(context, KEY, content);
      assert.deepEqual({ ...file.metadata }, described.metadata ?? {}, 'metadata');
      await assertNothingUnfinished(context);
    },
  },
  {
    name: 'an upload that was aborted is continued by its id, and may fail again',
    async run(context) {
      if (!(await resumesOrRefuses(context))) return;
      const { provider, largeFileBytes } = context;
      const content = bytes(largeFileBytes, 3);
      const controller = new AbortController();
      const known = deferred();
      let uploadId: string | undefined;
      const onMultipartUpload = (id: string) => {
        uploadId = id;
        known.resolve();
      };
      const { signal } = controller;
      const { body, stalled } = stalledStream(content);
      const upload = provider.upload(KEY, body, { keepParts: true, signal, onMultipartUpload });
      const ended = upload.catch(() => {}); // looked at below
      const begun = Promise.all([stalled, known.promise]);
      await context.settled(Promise.race([begun, ended]), 'reading the body');
      controller.abort();
      await rejected(context, upload, 'Aborted', 'an aborted upload');
      assert.ok(uploadId, 'the id of the upload is told');
      const half = content.subarray(0, largeFileBytes / 2);
      const again = failingStream(half, new Error('the source fails again'));
      const failing = provider.upload(KEY, again, { uploadId });
      await rejected(context, failing, FAILED, 'an upload that is continued and fails');
      await assertAbsent(context, KEY);
      await provider.upload(KEY, streamOfBytes(content), { uploadId });
      await assertFile(context, KEY, content);
      await assertNothingUnfinished(context);
    },
  },
  {
    name: 'an upload is begun anew where the one of its id is finished, aborted or unknown',
    async run(context) {
      if (!(await resumesOrRefuses(context))) return;
      const { provider, largeFileBytes } = context;
      const ids: string[] = [];
      const onMultipartUpload = (id: string) => void ids.push(id);
      const first = bytes(largeFileBytes, 1);
      await provider.upload(KEY, streamOfBytes(first), { onMultipartUpload });
      const [finished = ''] = ids;
      const gone = [finished];
      if (provider.multipart !== undefined) {
        const aborted = await failedUpload(context, first);
        await provider.multipart.abort(KEY, aborted);
        gone.push(aborted);
      }
      for (const [i, uploadId] of gone.entries()) {
        ids.length = 0;
        const content = bytes(largeFileBytes, i + 2);
        await provider.upload(KEY, streamOfBytes(content), { uploadId, onMultipartUpload });
        assert.equal(ids.length, 1, 'the id of the new upload is told');
        assert.ok(!gone.includes(ids[0] ?? ''), 'the id is a new one');
        await assertFile(context, KEY, content);
      }
      await assertNothingUnfinished(context);
    },
  },
  {
    name: 'an upload that is continued with other content is never a mixture',
    async run(context) {
      if (!(await resumesOrRefuses(context))) return;
      const { provider, largeFileBytes } = context;
      await provider.upload(KEY, OLD);
      const uploadId = await failedUpload(context, bytes(largeFileBytes, 2));
      const other = bytes(largeFileBytes, 3);
      const done = await provider.upload(KEY, streamOfBytes(other), { uploadId }).then(
        () => true,
        (error: unknown) => {
          assert.ok(isStorageError(error, 'ChecksumMismatch'), `it failed with ${error}`);
          return false;
        },
      );
      await assertFile(context, KEY, done ? other : OLD);
      if (!done) await provider.multipart?.abort(KEY, uploadId);
      await assertNothingUnfinished(context);
    },
  },
  {
    name: 'an upload that is continued with a shorter content is that content',
    async run(context) {
      if (!(await resumesOrRefuses(context))) return;
      const { provider, largeFileBytes } = context;
      const content = bytes(largeFileBytes, 2);
      for (const size of [10, 0]) {
        const uploadId = await failedUpload(context, content);
        const shorter = content.subarray(0, size);
        await provider.upload(KEY, streamOfBytes(shorter), { uploadId });
        await assertFile(context, KEY, shorter);
        await assertNothingUnfinished(context);
      }
    },
  },
  {
    name: 'an upload that fails keeps its parts where that is asked for, and only there',
    async run(context) {
      if (!(await resumesOrRefuses(context))) return;
      const { provider, largeFileBytes } = context;
      const content = bytes(largeFileBytes, 2);
      await failedUpload(context, content, { keepParts: false });
      await assertNothingUnfinished(context);
      const uploadId = await failedUpload(context, content);
      const left = await collected(provider.multipart?.list() ?? none());
      assert.deepEqual(
        left.map((upload) => upload.uploadId),
        provider.multipart === undefined ? [] : [uploadId],
        'unfinished uploads',
      );
      if (provider.multipart !== undefined) await provider.multipart.abort(KEY, uploadId);
      else await provider.upload(KEY, content, { uploadId });
      await assertNothingUnfinished(context);
    },
  },
  {
    name: 'an upload that is continued overwrites nothing that its condition protects',
    async run(context) {
      if (!(await resumesOrRefuses(context))) return;
      const { provider, largeFileBytes } = context;
      const content = bytes(largeFileBytes, 2);
      const condition = { type: 'absent' } as const;
      if (!supports(provider, 'conditionalCreateInParts')) {
        // Of unknown length: what fits a single request may go as one, and be conditional.
        const create = provider.upload(KEY, streamOfBytes(content), { condition, keepParts: true });
        await rejected(context, create, 'Unsupported', 'a create-only upload');
        return;
      }
      const uploadId = await failedUpload(context, content, { condition });
      await provider.upload(KEY, OLD);
      const late = provider.upload(KEY, streamOfBytes(content), { condition, uploadId });
      await rejected(context, late, 'AlreadyExists', 'an upload that is continued late');
      assert.ok(OLD.equals(await contentOf(provider.download(KEY))), 'the file in between');
      await provider.delete(KEY);
      await provider.multipart?.abort(KEY, uploadId); // S3 completes no upload that has met a conflict
      await provider.upload(KEY, streamOfBytes(content), { condition, uploadId });
      await assertFile(context, KEY, content);
      await assertNothingUnfinished(context);
    },
  },
  {
    name: 'uploadId and keepParts of wrong form are refused, and nothing is stored',
    async run(context) {
      for (const options of [
        { uploadId: '' },
        { uploadId: 5 },
        { uploadId: null },
        { keepParts: 'yes' },
        { keepParts: null },
      ]) {
        const upload = context.provider.upload(KEY, OLD, options as never);
        await rejected(context, upload, 'InvalidArgument', JSON.stringify(options));
      }
      await assertAbsent(context, KEY);
    },
  },
];
