import { isDeepStrictEqual } from 'node:util';
import {
  asStorageError,
  type ConfigurationEvent,
  type HealthReport,
  type OperationOptions,
  type StorageError,
  type StorageProvider,
} from '@org/storage-core';
import type { Mode, SidesHealth, Stage } from '@org/storage-hybrid';
import type { StorageConfiguration } from '../config/types/configuration.js';
import {
  type Changeable,
  changeableOf,
  changesBetween,
  isHybrid,
  type Limits,
} from './changeable.js';
import { type Flags, parseFlags, type ReadFlags, withFlags } from './flags.js';
import { type OpenHybrid, openHybrid } from './open-hybrid.js';
import { openStore, type Workshop } from './open-store.js';

/** The settings of a storage that can be switched while it is at work, as they are now. */
export interface StorageSettings extends Limits {
  /** Of a hybrid storage: the mode that this process is to reach, wherever that comes from. */
  readonly mode?: Mode;
}

export interface StorageHealth extends HealthReport {
  /** Of a hybrid storage. */
  readonly sides?: SidesHealth;
  /** Where this process is on the way; missing before its first operation. */
  readonly stage?: Stage;
  /** What keeps it from the wanted mode. */
  readonly obstacle?: StorageError;
}

interface Built extends Partial<Pick<OpenHybrid, 'hybrid' | 'mode'>> {
  readonly provider: StorageProvider;
  apply(changeable: Changeable): void;
  close(): Promise<void>;
}

/** A storage that is being built, or is open: its settings follow the configuration and the flags. */
export class OpenStorage {
  readonly name: string;
  /** What it was built by. */
  readonly configuration: StorageConfiguration;
  readonly #readFlags: ReadFlags | undefined;
  readonly #tell: (event: ConfigurationEvent) => void;
  readonly #built: Promise<Built>;
  #latest: StorageConfiguration;
  #flags: Flags = {};
  #flagsFailure: string | undefined;
  #later: readonly string[] = [];

  /** @param tell is told of what changes. */
  constructor(
    name: string,
    configuration: StorageConfiguration,
    workshop: Workshop,
    readFlags: ReadFlags | undefined,
    tell: (event: ConfigurationEvent) => void,
  ) {
    this.name = name;
    this.configuration = configuration;
    this.#latest = configuration;
    this.#readFlags = readFlags;
    this.#tell = tell;
    this.#built = this.#build(workshop);
  }

  async #build(workshop: Workshop): Promise<Built> {
    this.#flags = await this.#askFlags();
    const built = await this.#open(workshop);
    built.apply(this.#changeable); // the configuration may have changed meanwhile
    return built;
  }

  async #open(workshop: Workshop): Promise<Built> {
    const { name, configuration } = this;
    if (isHybrid(configuration)) {
      const byFlags = this.#flags.mode !== undefined;
      return openHybrid(name, configuration, workshop, this.#changeable, byFlags);
    }
    const { provider, apply } = await openStore(name, configuration, workshop);
    return { provider, apply: ({ layers }) => apply(layers), close: () => provider.close() };
  }

  /** Rejects with what the building failed with. */
  async provider(): Promise<StorageProvider> {
    return (await this.#built).provider;
  }

  get #changeable(): Changeable {
    return withFlags(changeableOf(this.#latest), this.#flags);
  }

  async settings(): Promise<StorageSettings> {
    const { mode } = await this.#built;
    return settingsOf(this.#changeable, mode?.());
  }

  async health(options: OperationOptions): Promise<StorageHealth> {
    const { provider, hybrid } = await this.#built;
    if (hybrid === undefined) return provider.checkHealth(options);
    const [report, sides] = await Promise.all([
      provider.checkHealth(options),
      hybrid.checkSides(options),
    ]);
    const { stage, obstacle } = hybrid;
    return {
      ...{ ...report, sides },
      ...(stage === undefined ? {} : { stage }),
      ...(obstacle === undefined ? {} : { obstacle }),
    };
  }

  /** Goes by a later configuration, as far as that can be done while it is at work. */
  async follow(latest: StorageConfiguration): Promise<void> {
    const built = await this.#built;
    const { later } = changesBetween(this.configuration, latest);
    if (latest.provider === this.configuration.provider) {
      const { now } = changesBetween(this.#latest, latest);
      this.#latest = latest;
      this.#apply(built, now);
    }
    this.tellLater(later);
  }

  /** Asks for the flags. What they fail with is told, and the last ones stay. */
  async refresh(): Promise<void> {
    const built = await this.#built;
    try {
      const flags = await this.#askFlags();
      this.#flagsFailure = undefined;
      const changed = namesOfChanges(this.#flags, flags);
      this.#flags = flags;
      this.#apply(built, changed);
    } catch (failure) {
      const error = asStorageError(failure, { operation: 'flags', provider: this.name });
      if (error.message === this.#flagsFailure) return;
      this.#flagsFailure = error.message;
      this.#tell({ type: 'failed', from: 'flags', error });
    }
  }

  async #askFlags(): Promise<Flags> {
    if (this.#readFlags === undefined) return {};
    return parseFlags(await this.#readFlags(this.name), this.name);
  }

  #apply(built: Built, changed: readonly string[]): void {
    if (changed.length === 0) return;
    const changeable = this.#changeable;
    built.apply(changeable);
    this.#tell({ type: 'changed', storage: this.name, settings: this.#paths(changed) });
    const mode = built.mode?.();
    if (changed.includes('mode') && mode !== undefined && mode !== changeable.hybrid?.mode)
      this.#tell({ type: 'overruled', storage: this.name, mode });
  }

  /** Tells once of settings that are others, and count from the next start on. */
  tellLater(later: readonly string[]): void {
    if (isDeepStrictEqual(later, this.#later)) return;
    this.#later = later;
    if (later.length > 0)
      this.#tell({ type: 'restart-needed', storage: this.name, settings: this.#paths(later) });
  }

  #paths(settings: readonly string[]): readonly string[] {
    return settings.map((setting) => `storages.${this.name}${setting && `.${setting}`}`);
  }

  /** What could not be built needs no closing. */
  async close(): Promise<void> {
    const built = await this.#built.catch(() => undefined);
    await built?.close();
  }
}

export function settingsOf({ layers, hybrid }: Changeable, mode = hybrid?.mode): StorageSettings {
  return { ...layers, ...(mode === undefined ? {} : { mode }) };
}

/** Flags as settings of a configuration. */
function namesOfChanges(before: Flags, after: Flags): readonly string[] {
  const names = ['mode', 'readOnly', 'concurrencyLimit', 'bandwidthLimit'] as const;
  return names
    .filter((name) => !isDeepStrictEqual(before[name], after[name]))
    .map((name) => (name === 'mode' ? name : `layers.${name}`));
}
