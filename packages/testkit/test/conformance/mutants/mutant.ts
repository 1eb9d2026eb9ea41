import { MemoryStorageProvider, type StorageProvider } from '@org/storage-core';
import type { OpenStore } from '../../../src/index.js';
import { partedProvider } from './parted-provider.js';
import { type SigningProvider, signingProvider } from './signing-provider.js';

/** A provider that breaks the contract on purpose, and the cases that have to fail over it. */
export interface Mutant {
  readonly breaks: string;
  make(): Omit<OpenStore, 'close'>;
  /** Whether its stores keep versions. */
  readonly versioned?: true;
  /** Names of the cases. */
  readonly caught: readonly string[];
}

type Changes = Partial<StorageProvider> &
  Pick<Partial<OpenStore>, 'leftovers' | 'reopen' | 'fetch' | 'race'>;

/** The in-memory provider with some of its operations replaced. */
export function mutant(change: (original: MemoryStorageProvider) => Changes): Mutant['make'] {
  return () => {
    const original = new MemoryStorageProvider();
    const { leftovers, reopen, race, ...operations } = change(original);
    const provider: StorageProvider = { ...delegate(original), ...operations };
    return {
      provider,
      ...(leftovers === undefined ? {} : { leftovers }),
      ...(reopen === undefined ? {} : { reopen }),
      race,
    };
  };
}

/** The same for a provider that has all there is in the contract. */
export function wholeMutant(change: (original: SigningProvider) => Changes): Mutant['make'] {
  return () => {
    const memory = new MemoryStorageProvider({ versions: true });
    const original = signingProvider(partedProvider(memory));
    const { leftovers, reopen, fetch = original.fetch, ...operations } = change(original);
    return {
      provider: { ...original, ...operations },
      fetch,
      leftovers: leftovers ?? (async () => [...original.unfinished.keys()]),
      ...(reopen === undefined ? {} : { reopen }),
    };
  };
}

export function delegate(original: StorageProvider): StorageProvider {
  return {
    name: original.name,
    capabilities: original.capabilities,
    ...(original.tags === undefined ? {} : { tags: original.tags }),
    ...(original.versions === undefined ? {} : { versions: original.versions }),
    ...(original.multipart === undefined ? {} : { multipart: original.multipart }),
    upload: (key, body, options) => original.upload(key, body, options),
    download: (key, options) => original.download(key, options),
    stat: (key, options) => original.stat(key, options),
    exists: (key, options) => original.exists(key, options),
    delete: (key, options) => original.delete(key, options),
    deleteMany: (keys, options) => original.deleteMany(keys, options),
    list: (options) => original.list(options),
    copy: (from, to, options) => original.copy(from, to, options),
    move: (from, to, options) => original.move(from, to, options),
    checkHealth: (options) => original.checkHealth(options),
    close: () => original.close(),
    [Symbol.asyncDispose]: () => original.close(),
  };
}

/** The options without some of them. */
export function without<T extends object>(options: T | undefined, ...names: (keyof T)[]): T {
  return Object.fromEntries(
    Object.entries(options ?? {}).filter(([name]) => !names.includes(name as keyof T)),
  ) as T;
}

/** The options that are named, whatever else there is. */
export function only<T extends object>(options: T | undefined, ...names: (keyof T)[]): T {
  return Object.fromEntries(
    Object.entries(options ?? {}).filter(([name]) => names.includes(name as keyof T)),
  ) as T;
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
