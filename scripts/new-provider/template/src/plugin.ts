import { defineProvider } from '@org/storage';
import { StorageError } from '@org/storage-core';
import { ExampleStorageProvider } from './provider.js';

const NAME = '__NAME__';

/** What a configuration that lists this package in `plugins` can name: `provider: __NAME__`. */
export const providers = {
  [NAME]: defineProvider({
    settings: noSettings,
    create: (_settings, { name }) => new ExampleStorageProvider({ name }),
  }),
};

/** A schema of Zod, Valibot or another that speaks Standard Schema does as well, once there are settings. */
function noSettings(given: unknown): Readonly<Record<string, never>> {
  const [unknown] = Object.keys(given ?? {});
  if (unknown === undefined) return {};
  throw new StorageError('InvalidArgument', `${NAME} has no setting "${unknown}"`);
}
