import type { StorageProvider } from '@org/storage-core';

/** What a provider of a third party is told beside its settings. */
export interface ProviderContext {
  /** For messages and metrics: the name of the storage, unless the configuration gives another. */
  readonly name: string;
}

/** Makes a provider of its settings: those of the configuration but for `provider`, `name` and `layers`. */
export type CreateProvider = (
  settings: Readonly<Record<string, unknown>>,
  context: ProviderContext,
) => StorageProvider | Promise<StorageProvider>;

/** Providers of third parties, by the names that a configuration has for them. */
export type Providers = Readonly<Record<string, CreateProvider>>;

const BUILT_IN = ['local', 's3', 'memory', 'hybrid'] as const;

export function isBuiltIn(provider: string): boolean {
  return BUILT_IN.some((name) => name === provider);
}
