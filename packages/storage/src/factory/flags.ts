import { StorageError } from '@org/storage-core';
import { MODES, type Mode } from '@org/storage-hybrid';
import { z } from 'zod';
import { layers } from '../config/schema/layers.js';
import type { LayersInput } from '../config/types/layers.js';
import type { Changeable } from './changeable.js';

export const flags = z.strictObject({
  mode: z.enum(MODES).optional(),
  ...layers.pick({ readOnly: true, concurrencyLimit: true, bandwidthLimit: true }).shape,
});

/**
 * What can be switched while a storage is at work, as a configuration has it (`bandwidthLimit: '20MiB'`; `false` for no limit). What is
 * missing is that of the configuration.
 */
export interface StorageFlags
  extends Pick<LayersInput, 'readOnly' | 'concurrencyLimit' | 'bandwidthLimit'> {
  readonly mode?: Mode | undefined;
}

/** Asks for the flags of a storage, by its name: a feature flag’s client, or anything else. */
export type ReadFlags = (
  storage: string,
) => StorageFlags | undefined | Promise<StorageFlags | undefined>;

/** Flags that were checked. A limit that is `undefined` is taken away; one that is missing stays. */
export type Flags = z.output<typeof flags>;

/** @throws StorageError `InvalidArgument` */
export function parseFlags(given: unknown, storage: string): Flags {
  const known =
    typeof given === 'object' && given !== null
      ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
      : (given ?? {});
  const { data, error } = flags.safeParse(known);
  if (data !== undefined) return data;
  const mistakes = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new StorageError(
    'InvalidArgument',
    `the flags of the storage "${storage}" are wrong: ${mistakes.join('; ')}`,
  );
}

/** The flags over the configuration. */
export function withFlags({ layers, hybrid }: Changeable, { mode, ...limits }: Flags): Changeable {
  return {
    layers: { ...layers, ...limits },
    ...(hybrid === undefined ? {} : { hybrid: { ...hybrid, mode: mode ?? hybrid.mode } }),
  };
}
