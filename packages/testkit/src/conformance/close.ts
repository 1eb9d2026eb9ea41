import assert from 'node:assert/strict';
import { isStorageError } from '@org/storage-core';
import { streamOfBytes } from './content.js';
import { assertFile, assertStorageError, eventually, rejected } from './expectations.js';
import type { ConformanceCase } from './harness.js';
import { ALL_OPERATIONS, offers } from './operations.js';

export const closeCases: readonly ConformanceCase[] = [
  {
    name: 'after close, every operation is refused with a StorageError that is not retryable',
    async run(context) {
      const { provider } = context;
      await provider.upload('file', 'x');
      await provider.close();
      for (const operation of ALL_OPERATIONS) {
        if (!offers(provider, operation)) continue;
        const { name, run } = operation;
        const error = await rejected(
          context,
          run(provider, {}, 'file', 'other'),
          ['Unavailable', 'InvalidArgument', 'Unsupported'],
          `${name} after close`,
        );
        assert.equal(error.retryable, false, `${name}: retryable`);
      }
      const body = streamOfBytes(Buffer.from('x'));
      await assert.rejects(provider.upload('file', body), (error) => isStorageError(error));
      await eventually(() => body.destroyed, 'the body of an upload after close is destroyed');
    },
  },
  {
    name: 'after close, the store is not reported as healthy',
    async run({ provider }) {
      await provider.close();
      const healthy = await provider.checkHealth().then(
        (report) => report.healthy,
        (error: unknown) => {
          assert.ok(isStorageError(error), String(error));
          return false;
        },
      );
      assert.equal(healthy, false);
    },
  },
  {
    name: 'close can be called twice, and is what asynchronous disposal does',
    async run(context) {
      const { provider } = context;
      await provider[Symbol.asyncDispose]();
      await rejected(context, provider.stat('file'), 'Unavailable', 'stat after disposal');
      await provider.close();
      await provider.close();
      await Promise.all([provider.close(), provider[Symbol.asyncDispose]()]);
      await assert.rejects(provider.stat('file'), (error) => {
        assertStorageError(error, 'Unavailable', 'stat after close');
        return true;
      });
    },
  },
  {
    name: 'closing one view of a store leaves the others open',
    async run(context) {
      const { provider } = context;
      await provider.upload('file', 'x');
      const other = await context.secondView();
      if (other !== provider) await other.close();
      await assertFile(context, 'file', Buffer.from('x'));
    },
  },
];
