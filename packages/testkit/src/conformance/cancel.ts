import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import {
  type Body,
  isStorageError,
  readAll,
  type StorageErrorCode,
  type UploadOptions,
} from '@org/storage-core';
import { supports } from './capabilities.js';
import {
  bytes,
  failingStream,
  stalledIterable,
  stalledStream,
  stalledWebStream,
  streamOfBytes,
} from './content.js';
import {
  assertAbsent,
  assertBytes,
  assertFile,
  assertNoLeftovers,
  assertSameFile,
  eventually,
  listAll,
  rejected,
} from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { ALL_OPERATIONS, member, offers } from './operations.js';

const KEY = 'folder/file.bin';
const OLD = bytes(5_000, 7);

/** Signals that have fired, and the code that tells of it. */
const FIRED: readonly (readonly [StorageErrorCode, () => AbortSignal])[] = [
  ['Aborted', () => AbortSignal.abort()],
  ['Aborted', () => AbortSignal.abort('a reason that is no error')],
  ['Aborted', () => AbortSignal.abort(new Error('the user went away'))],
  ['Timeout', () => AbortSignal.abort(new DOMException('too long', 'TimeoutError'))],
];

/** Uploads that are aborted once the consumer waits in vain for more, over a file and under a new key. */
async function abortsWhileStalled(
  context: ConformanceContext,
  size: number,
  makeBody: (content: Buffer) => { body: Body; stalled: Promise<void> },
): Promise<void> {
  const { provider } = context;
  const before = await provider.upload(KEY, OLD);
  for (const key of [KEY, 'new/file.bin']) {
    const { body, stalled } = makeBody(bytes(size));
    const controller = new AbortController();
    const upload = provider.upload(key, body, { signal: controller.signal });
    const early = upload.then(() => assert.fail('the upload ended before its body'));
    await context.settled(Promise.race([stalled, early]), 'reading the body');
    controller.abort();
    await rejected(context, upload, 'Aborted', 'an aborted upload');
    await assertNoLeftovers(context);
  }
  assertSameFile(await assertFile(context, KEY, OLD), before, 'the file before and after');
  await assertAbsent(context, 'new/file.bin');
}

/** Uploads that have to fail before or while the body is read. */
const FAILURES: Readonly<
  Record<string, { readonly key?: string; readonly options: UploadOptions | { unknown: 1 } }>
> = {
  'an invalid key': { key: 'a//b', options: {} },
  'an unknown option': { options: { unknown: 1 } },
  'a signal that has fired': { options: { signal: AbortSignal.abort() } },
  'a wrong length': { options: { contentLength: 10 } },
  'a wrong checksum': { options: { checksums: { sha256: 'ab'.repeat(32) } } },
  'a condition': { options: { condition: { type: 'absent' } } },
};

export const cancelCases: readonly ConformanceCase[] = [
  ...ALL_OPERATIONS.map((operation) => ({
    name: `${operation.name} with a signal that has fired rejects and does nothing`,
    async run(context: ConformanceContext) {
      const { provider } = context;
      const { name, run } = operation;
      if (!offers(provider, operation)) return;
      await provider.upload('a', 'a');
      for (const [code, signal] of FIRED) {
        const call = run(provider, { signal: signal() }, 'a', 'b');
        await rejected(context, call, code, `${name} with a fired signal`);
      }
      await assertFile(context, 'a', Buffer.from('a'));
      await assertAbsent(context, 'b');
    },
  })),
  {
    name: 'an upload that is aborted while its body is awaited ends and leaves all as it was',
    run: (context) => abortsWhileStalled(context, 1_000, stalledStream),
  },
  {
    name: 'a large upload that is aborted while its body is awaited ends and leaves all as it was',
    run: (context) => abortsWhileStalled(context, context.largeFileBytes, stalledStream),
  },
  {
    name: 'an upload from an async generator that never goes on can be aborted',
    run: (context) => abortsWhileStalled(context, 1_000, stalledIterable),
  },
  {
    name: 'an upload from a web stream that never goes on can be aborted',
    run: (context) => abortsWhileStalled(context, 1_000, stalledWebStream),
  },
  {
    name: 'an upload that is aborted at any time has happened whole or not at all',
    async run(context) {
      const { provider } = context;
      const content = bytes(context.largeFileBytes, 2);
      for (let turns = 0; turns < 12; turns++) {
        const before = await provider.upload(KEY, OLD);
        const controller = new AbortController();
        const upload = provider.upload(KEY, streamOfBytes(content), { signal: controller.signal });
        const outcome = upload.then(
          () => content,
          (error: unknown) => {
            assert.ok(isStorageError(error, 'Aborted'), `an aborted upload failed with ${error}`);
            return OLD;
          },
        );
        for (let i = 0; i < turns * turns; i++) await new Promise((next) => setImmediate(next));
        controller.abort();
        const expected = await context.settled(outcome, 'an aborted upload');
        // The answer that it was done may have been lost to the signal, and a request on its way may arrive later still: the file
        // is looked at once. A mixture may never be seen.
        const { metadata, body } = await provider.download(KEY);
        const whole = metadata.etag === before.etag ? OLD : content;
        if (expected === content) assert.equal(whole, content, 'an upload that was done');
        const read = await context.settled(readAll(body), 'reading what an aborted upload left');
        assertBytes(read, whole, `the file after ${turns} turns`);
        assert.equal(metadata.size, whole.byteLength, 'metadata.size');
        await assertNoLeftovers(context);
      }
    },
  },
  {
    name: 'a signal that fires after the upload changes nothing',
    async run(context) {
      const controller = new AbortController();
      await context.provider.upload(KEY, streamOfBytes(OLD), { signal: controller.signal });
      controller.abort();
      await assertFile(context, KEY, OLD);
      await assertNoLeftovers(context);
    },
  },
  {
    name: 'a listing whose signal fires midway fails; it does not just end',
    async run(context) {
      const { provider } = context;
      for (let i = 0; i < 20; i++) await provider.upload(`folder/${i}`, 'x');
      const controller = new AbortController();
      let seen = 0;
      const listing = async () => {
        for await (const _ of provider.list({ signal: controller.signal })) {
          if (++seen === 3) controller.abort();
        }
      };
      await rejected(context, listing(), 'Aborted', 'an aborted listing');
      assert.equal(seen, 3, 'entries before the signal');
    },
  },
  {
    name: 'a listing of versions whose signal fires midway fails; it does not just end',
    async run(context) {
      const { provider } = (await context.versionedStore()) ?? context;
      if (!supports(provider, 'versions')) {
        assert.equal(provider.versions, undefined);
        return;
      }
      for (let i = 0; i < 20; i++) await provider.upload(`folder/${i}`, 'x');
      const controller = new AbortController();
      const { signal } = controller;
      let seen = 0;
      const listing = async () => {
        for await (const _ of member(provider, 'versions').list({ signal })) {
          if (++seen === 3) controller.abort();
        }
      };
      await rejected(context, listing(), 'Aborted', 'an aborted listing of versions');
      assert.equal(seen, 3, 'entries before the signal');
    },
  },
  {
    name: 'deleteMany whose signal fires midway tells what became of each key',
    async run(context) {
      const { provider } = context;
      const keys = Array.from({ length: 60 }, (_, i) => `folder/${i}`);
      await Promise.all(keys.map((key) => provider.upload(key, 'x')));
      const controller = new AbortController();
      const outcome = provider.deleteMany(keys, { signal: controller.signal });
      setImmediate(() => controller.abort());
      const result = await context.settled(outcome, 'deleteMany').catch((error: unknown) => {
        assert.ok(isStorageError(error, 'Aborted'), `deleteMany failed with ${error}`);
        return undefined;
      });
      const left = new Set((await listAll(provider)).map((entry) => 'key' in entry && entry.key));
      if (result === undefined) {
        assert.equal(left.size, keys.length, 'rejects only if nothing was tried');
        return;
      }
      const told = [...result.deleted, ...result.failed.map(({ key }) => key)];
      assert.deepEqual(told.sort(), [...keys].sort(), 'every key is told of once');
      for (const key of result.deleted) assert.ok(!left.has(key), `${key} is deleted`);
    },
  },
  ...Object.entries(FAILURES).map(([what, { key = KEY, options }]) => ({
    name: `an upload that is refused for ${what} destroys its body`,
    async run(context: ConformanceContext) {
      await context.provider.upload(KEY, OLD);
      const readable = streamOfBytes(bytes(100_000));
      let cancelled = false;
      const web = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(bytes(1_000)),
        cancel() {
          cancelled = true;
        },
      });
      let open = 0;
      const iterable: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]() {
          open++;
          return {
            next: async () => ({ done: false, value: bytes(1_000) }),
            async return() {
              open--;
              return { done: true, value: undefined };
            },
          };
        },
      };
      // The last two never end: they are for what is refused before their end. A wrong checksum is seen at the end.
      const endless = options === FAILURES['a wrong checksum']?.options ? [] : [web, iterable];
      for (const body of [readable, ...endless]) {
        const upload = context.provider.upload(key, body, options as UploadOptions);
        const outcome = upload.then(
          () => assert.fail('the upload was not refused'),
          (error: unknown) => assert.ok(isStorageError(error), String(error)),
        );
        await context.settled(outcome, 'a refused upload');
      }
      await eventually(() => readable.destroyed, 'the Readable is destroyed');
      if (endless.length > 0) {
        await eventually(() => cancelled, 'the web stream is cancelled');
        await eventually(() => open === 0, 'an iterator that was taken is told to return');
      }
      await assertFile(context, KEY, OLD);
      await assertNoLeftovers(context);
    },
  })),
  {
    name: 'an error of a body that is no longer wanted does not end the process',
    async run(context) {
      const { provider } = context;
      const late = new Error('the source fails late');
      const failsOnDestroy = () =>
        new Readable({
          read() {},
          destroy: (_error, done) => done(late),
        });
      const failsOnOpen = () =>
        new Readable({
          construct: (done) => setImmediate(() => done(late)),
          read() {},
        });
      const unwanted = (body: Readable) =>
        assert.doesNotThrow(() => body.emit('error', late), 'nobody listens to the body’s errors');
      for (const make of [failsOnDestroy, failsOnOpen, () => failingStream(bytes(10), late)]) {
        const refused = make();
        const invalid = provider.upload('a//b', refused);
        await rejected(context, invalid, 'InvalidKey', 'an invalid key');
        unwanted(refused);
        const kept = make();
        const aborted = provider.upload(KEY, kept, { signal: AbortSignal.abort() });
        await rejected(context, aborted, 'Aborted', 'an aborted upload');
        unwanted(kept);
      }
      const upload = provider.upload(KEY, failsOnOpen());
      await rejected(context, upload, ['Unknown', 'Unavailable'], 'a body that can’t be opened');
      await assertAbsent(context, KEY);
    },
  },
];
