import type { StorageProvider } from '@org/storage-core';
import { listAll } from './expectations.js';

/** Options as a caller without types may pass them. */
type Loose = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly name: string;
  /** Keys that it takes. */
  readonly keys: 0 | 1 | 2;
  /** Runs it on the key, and to `copyTo` where there are two. */
  run(provider: StorageProvider, options: Loose, key: string, copyTo: string): Promise<unknown>;
}

/** Every operation of the contract that takes options, in a form that cases can go through. */
export const OPERATIONS: readonly Operation[] = [
  {
    name: 'upload',
    keys: 1,
    run: (provider, options, key) => provider.upload(key, 'new', options),
  },
  {
    name: 'download',
    keys: 1,
    async run(provider, options, key) {
      const { body } = await provider.download(key, options);
      body.on('error', () => {}).destroy();
    },
  },
  { name: 'stat', keys: 1, run: (provider, options, key) => provider.stat(key, options) },
  { name: 'exists', keys: 1, run: (provider, options, key) => provider.exists(key, options) },
  { name: 'delete', keys: 1, run: (provider, options, key) => provider.delete(key, options) },
  {
    name: 'deleteMany',
    keys: 0,
    run: (provider, options, key) => provider.deleteMany([key], options),
  },
  { name: 'list', keys: 0, run: (provider, options) => listAll(provider, options) },
  { name: 'copy', keys: 2, run: (provider, options, key, to) => provider.copy(key, to, options) },
  { name: 'move', keys: 2, run: (provider, options, key, to) => provider.move(key, to, options) },
];
