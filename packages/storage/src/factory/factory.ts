import { isDeepStrictEqual } from 'node:util';
import {
  asStorageError,
  type ConfigurationEvent,
  eventChannel,
  type OperationOptions,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import type { ConfigurationInput } from '../config/input.js';
import { type LoadedConfiguration, loadConfiguration } from '../config/load.js';
import { parseWithPlugins } from '../config/parse.js';
import { isBuiltIn, type Providers } from '../config/provider.js';
import type { Configuration, StorageConfiguration } from '../config/types/configuration.js';
import { changeableOf } from './changeable.js';
import { Closing } from './closing.js';
import { Connections } from './connections.js';
import { Fleets } from './fleet-registry.js';
import {
  OpenStorage,
  type StorageHealth,
  type StorageSettings,
  settingsOf,
} from './open-storage.js';
import type { Workshop } from './open-store.js';
import type { StorageFactoryOptions } from './options.js';
import { FileWatcher } from './watch-files.js';

const events = eventChannel('org.storage.configuration');

/** ms for which a file must rest before it is read. */
const SETTLE = 100;

/**
 * The storages of a configuration, each of them opened when it is asked for. What they share is opened once: the same name, or an equal
 * configuration, gives the same provider, and buckets that are reached alike share their connections. It closes all of them
 * with itself, and follows changes of the configuration until then.
 */
export class StorageFactory implements AsyncDisposable {
  readonly #options: StorageFactoryOptions;
  readonly #load: (() => Promise<LoadedConfiguration>) | undefined;
  readonly #workshop: Workshop;
  readonly #storages = new Map<string, OpenStorage>();
  readonly #background = new Closing();
  #configuration: Configuration;
  #plugins: Providers;
  #watcher: FileWatcher | undefined;
  #failure: StorageError | undefined;
  #turns: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  /**
   * Reads and checks the configuration, and opens nothing yet.
   * @param configuration an object, or the path of a file; default: `config/storage.yml`, or what `loadConfiguration` finds.
   * @throws ConfigurationError
   */
  static async open(
    configuration?: string | ConfigurationInput,
    options: StorageFactoryOptions = {},
  ): Promise<StorageFactory> {
    const { providers = {}, environment, env, cwd } = options;
    const taken = Object.keys(providers).find(isBuiltIn);
    if (taken !== undefined)
      throw new StorageError(
        'InvalidArgument',
        `the provider "${taken}" is built in: register yours under another name`,
      );
    const names = Object.keys(providers);
    if (typeof configuration === 'object')
      return new StorageFactory(
        await parseWithPlugins(configuration, { providers: names, cwd }),
        options,
      );
    const load = () =>
      loadConfiguration({ file: configuration, environment, env, cwd, providers: names });
    const loaded = await load();
    const factory = new StorageFactory(loaded, options, load);
    await factory.#follow(loaded);
    return factory;
  }

  private constructor(
    { configuration, plugins }: Pick<LoadedConfiguration, 'configuration' | 'plugins'>,
    options: StorageFactoryOptions,
    load?: () => Promise<LoadedConfiguration>,
  ) {
    const { providers = {}, registries = {}, flags, flagsEvery = 1_000 } = options;
    this.#configuration = configuration;
    this.#plugins = plugins;
    this.#options = options;
    this.#load = load;
    const connections = new Connections();
    const fleets = new Fleets(registries, connections);
    const changes = load !== undefined || flags !== undefined;
    const provider = (name: string) =>
      [providers, this.#plugins].find((each) => Object.hasOwn(each, name))?.[name];
    this.#workshop = { connections, fleets, provider, changes };
    if (flags === undefined) return;
    let asking = false;
    const timer = setInterval(async () => {
      if (asking) return;
      asking = true;
      await this.#refreshFlags();
      asking = false;
    }, flagsEvery).unref();
    this.#background.add(async () => clearInterval(timer));
  }

  async #follow(loaded: LoadedConfiguration): Promise<void> {
    const { watch = true, watchEvery = 5_000, sighup = false } = this.#options;
    const reload = () => void this.reload().catch(() => {}); // the event tells
    if (watch) {
      const watcher = new FileWatcher(reload, { every: watchEvery, settle: SETTLE });
      this.#watcher = watcher;
      this.#background.add(() => watcher.close());
      await watcher.follow(loaded.files);
    }
    if (sighup) {
      process.on('SIGHUP', reload);
      this.#background.add(async () => void process.off('SIGHUP', reload));
    }
  }

  /** Of all storages that the configuration has. */
  get names(): readonly string[] {
    return Object.keys(this.#configuration.storages);
  }

  /** Why the configuration could not be read again when that was last tried; the one before counts. */
  get failure(): StorageError | undefined {
    return this.#failure;
  }

  /**
   * Opens a storage, or gives the one that is open. It is the factory’s to close. What fails is tried again by the next call.
   * @param name Default: the configuration’s `default`, or its only storage.
   * @throws StorageError `InvalidArgument` for a name that is none; `Unsupported` where a package is not installed; `Unavailable` once
   * the factory is closed.
   */
  async get(name?: string): Promise<StorageProvider> {
    this.#checkOpen();
    const wanted = this.#nameOf(name);
    const storage = this.#storages.get(wanted) ?? this.#start(wanted);
    try {
      const provider = await storage.provider();
      this.#checkOpen();
      return provider;
    } catch (error) {
      for (const [each, open] of this.#storages)
        if (open === storage && this.#closed === undefined) this.#storages.delete(each);
      throw error;
    }
  }

  #start(name: string): OpenStorage {
    const configuration = this.#configurationOf(name);
    const { flags } = this.#options;
    const same =
      flags === undefined // which go by the name
        ? [...this.#storages.values()].find((each) =>
            isDeepStrictEqual(each.configuration, configuration),
          )
        : undefined;
    const tell = (event: ConfigurationEvent) => this.#tell(event);
    const storage = same ?? new OpenStorage(name, configuration, this.#workshop, flags, tell);
    this.#storages.set(name, storage);
    return storage;
  }

  #nameOf(name = this.#configuration.default): string {
    const [first, ...others] = this.names;
    const wanted = name ?? (others.length === 0 ? first : undefined);
    if (wanted !== undefined) return wanted;
    throw new StorageError(
      'InvalidArgument',
      `there are several storages, and no default: name one of ${this.names.join(', ')}`,
    );
  }

  #configurationOf(name: string): StorageConfiguration {
    const { storages } = this.#configuration;
    const configuration = Object.hasOwn(storages, name) ? storages[name] : undefined;
    if (configuration !== undefined) return configuration;
    throw new StorageError(
      'InvalidArgument',
      `there is no storage "${name}"; there are ${this.names.join(', ')}`,
    );
  }

  /** What can be switched of a storage while it is at work, as it is now: of the flags, the registry and the configuration. */
  async flags(name?: string): Promise<StorageSettings> {
    const wanted = this.#nameOf(name);
    const open = this.#storages.get(wanted);
    return open?.settings() ?? settingsOf(changeableOf(this.#configurationOf(wanted)));
  }

  /** The health of all storages that are open, by name, with that of both sides of hybrid ones. */
  async checkHealth(
    options: OperationOptions = {},
  ): Promise<Readonly<Record<string, StorageHealth>>> {
    const reports = [...this.#storages].map(
      async ([name, storage]) => [name, await storage.health(options)] as const,
    );
    return Object.fromEntries(await Promise.all(reports));
  }

  /**
   * Reads the configuration’s file and the flags again, and lets the open storages go by them as far as that can be done while they are
   * at work; what can’t is told as an event.
   * @throws ConfigurationError, or what else the file can’t be read for: what was before stays.
   */
  reload(): Promise<void> {
    return this.#turn(async () => {
      this.#checkOpen();
      const loaded = await this.#loadAgain();
      if (loaded !== undefined) {
        await this.#watcher?.follow(loaded.files);
        this.#configuration = loaded.configuration;
        this.#plugins = loaded.plugins;
        await this.#applyToAll(loaded.configuration);
      }
      await this.#refreshFlags();
    });
  }

  async #loadAgain(): Promise<LoadedConfiguration | undefined> {
    try {
      const loaded = await this.#load?.();
      this.#failure = undefined;
      return loaded;
    } catch (failure) {
      const error = asStorageError(failure, { operation: 'reload', provider: 'configuration' });
      this.#failure = error;
      this.#tell({ type: 'failed', from: 'configuration', error });
      throw error;
    }
  }

  /** A storage goes by the name that it was first asked for. */
  async #applyToAll({ storages }: Configuration): Promise<void> {
    for (const storage of new Set(this.#storages.values())) {
      const latest = Object.hasOwn(storages, storage.name) ? storages[storage.name] : undefined;
      if (latest === undefined) storage.tellLater(['']);
      else await storage.follow(latest).catch(() => {}); // whoever asked for it knows that it was not built
    }
  }

  async #refreshFlags(): Promise<void> {
    const storages = [...new Set(this.#storages.values())];
    await Promise.all(storages.map((storage) => storage.refresh().catch(() => {})));
  }

  #tell(event: ConfigurationEvent): void {
    events.publish(event);
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #checkOpen(): void {
    if (this.#closed !== undefined)
      throw new StorageError('Unavailable', 'the storage factory is closed', { retryable: false });
  }

  /** One thing at a time. */
  #turn(run: () => Promise<void>): Promise<void> {
    const turn = this.#turns.then(run);
    this.#turns = turn.catch(() => {});
    return turn;
  }

  /**
   * Closes the storages, those that are being opened too: processes leave their fleets; then the registries, and the connections
   * last. All is closed, whatever fails. Called again, it gives the same promise.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const closing = new Closing();
    closing.add(() => this.#workshop.connections.close());
    for (const storage of new Set(this.#storages.values())) closing.add(() => storage.close());
    closing.add(() => this.#turns.then(() => {}));
    closing.add(() => this.#background.close());
    await closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
