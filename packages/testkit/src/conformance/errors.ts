import assert from 'node:assert/strict';
import { isStorageError, StorageError } from '@org/storage-core';
import { assertStorageError, rejected } from './expectations.js';
import type { ConformanceCase } from './harness.js';
import { ALL_OPERATIONS, offers } from './operations.js';

/** Operations that may be made of others, whose names their errors then carry. */
const MADE_OF: Readonly<Record<string, readonly string[]>> = {
  exists: ['stat'],
  move: ['copy', 'stat', 'download', 'delete'],
  copy: ['stat', 'download'],
  deleteMany: ['delete'],
  restoreVersion: ['copy', 'stat', 'download'],
  sweepUploads: ['listUploads', 'abortUpload'],
};

const NEED_A_FILE: ReadonlySet<string> = new Set([
  'download',
  'stat',
  'copy',
  'move',
  'getTags',
  'setTags',
]);

export const errorCases: readonly ConformanceCase[] = [
  {
    name: 'an error names its operation, the provider and the key, and says more than its code',
    async run(context) {
      for (const operation of ALL_OPERATIONS) {
        if (!offers(context.provider, operation)) continue;
        const { name, keys, run } = operation;
        const calls = [
          { key: 'missing/file', options: { unknownOption: 1 } },
          ...(keys > 0 ? [{ key: 'a//b', options: {} }] : []),
          ...(NEED_A_FILE.has(name) ? [{ key: 'missing/file', options: {} }] : []),
        ];
        for (const { key, options } of calls) {
          const error = await rejected(
            context,
            run(context.provider, options, key, 'other'),
            ['InvalidArgument', 'InvalidKey', 'NotFound'],
            name,
          );
          assert.ok(error instanceof Error, 'a StorageError is an Error');
          const operations = [name, ...(MADE_OF[name] ?? [])];
          assert.ok(operations.includes(error.operation ?? ''), `${name}: ${error.operation}`);
          assert.ok(error.provider, `${name}: the provider’s name`);
          if (keys > 0)
            assert.ok([key, 'other'].includes(error.key ?? ''), `${name}: ${error.key}`);
          assert.ok(error.message.length > error.code.length, `${name}: the message`);
          assert.equal(error.retryable, false, `${name}: ${error.code} is not retryable`);
        }
      }
    },
  },
  {
    name: 'an error is known as a StorageError by its brand, of whatever copy of the core it is',
    async run(context) {
      const error = await rejected(context, context.provider.stat('missing'), 'NotFound', 'stat');
      assert.ok(isStorageError(error, 'NotFound'));
      assert.ok(!isStorageError(error, 'Timeout'));
      assert.equal(error.name, new StorageError('NotFound', '').name);
    },
  },
  {
    name: 'operations reject; they do not throw',
    async run(context) {
      for (const operation of ALL_OPERATIONS) {
        if (!offers(context.provider, operation)) continue;
        const { name, run } = operation;
        let call: Promise<unknown> | undefined;
        assert.doesNotThrow(() => {
          call = run(context.provider, { unknownOption: 1 }, '', '');
        }, `${name} throws instead of rejecting`);
        await assert.rejects(call ?? Promise.resolve(), (error) => {
          assertStorageError(error, ['InvalidArgument', 'InvalidKey'], name);
          return true;
        });
      }
    },
  },
  {
    name: 'a healthy store is reported as such',
    async run({ provider }) {
      const report = await provider.checkHealth();
      assert.equal(report.healthy, true, report.error?.message);
      assert.equal(report.error, undefined);
      assert.ok(report.latency >= 0, 'latency in milliseconds');
    },
  },
];
