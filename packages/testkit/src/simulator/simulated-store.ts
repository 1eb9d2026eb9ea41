import {
  type Capabilities,
  type Checksums,
  type Condition,
  compareKeys,
  type ETag,
  isStorageError,
  type Key,
  type MultipartUpload,
  parseKey,
  type StorageErrorCode,
  type StorageProvider,
  type UploadOptions,
} from '@org/storage-core';
import { Durability } from './durability.js';
import { failure, type Place } from './failure.js';
import { FaultBudget, type Faults } from './fault-budget.js';
import { LockingClient, type Locks } from './locking-client.js';
import type { SimulatedProcess } from './process.js';
import { SimulatedClient } from './simulated-client.js';
import type { Simulation } from './simulation.js';
import { checksumsOf, contentETag, StoredFile, uploadedFile } from './stored-file.js';
import type { Lazy } from './trace.js';
import { UnfinishedUploads } from './unfinished-uploads.js';

export interface SimulatedStoreOptions {
  /** Of its clients, and in the trace. */
  readonly name: string;
  /** `content`: the same content has the same ETag again, as in S3; `unique`: each write has its own, as on a disk. */
  readonly etags: 'content' | 'unique';
  /** What its clients declare to be able to do, where it is not what they are. */
  readonly capabilities?: Partial<Capabilities>;
  /**
   * `native`: a change on a condition is one step, as on a server. `locks`: versions are compared under locks, in steps of
   * their own, as in a directory. Default `native`.
   */
  readonly conditions?: 'native' | 'locks';
  /** A server that accepts preconditions and does not look at them. Default `false`. */
  readonly ignoresConditions?: boolean;
  /** Entries of a page of a listing, each page a step. Default 2. */
  readonly pageSize?: number;
  /** Bodies of so many bytes and more are uploaded in parts. Default: none are. */
  readonly partSize?: number;
  /** Bytes of a chunk of a download; each chunk after the first is a step. Default: the whole file is one chunk. */
  readonly chunkSize?: number;
  /**
   * What readers get of a file that is written into while they read it: a mixture of old and new bytes, or, as from a
   * provider that looks at the file again before the last chunk, the error `Conflict`. Default `mixture`.
   */
  readonly tornReads?: 'mixture' | 'conflict';
  /** Whether the store computes checksums of what it stores, beside those that uploads announce. Default `false`. */
  readonly checksums?: boolean;
  /**
   * Whether writes of clients are seen before they are on the disk: what a later step has not brought there is lost by
   * {@link SimulatedStore.powerLoss}. Default `false`.
   */
  readonly volatile?: boolean;
  readonly faults?: Faults;
}

/** One request to a store: what it does to it happens in one moment. */
export interface StoreRequest<T> {
  readonly place: Place;
  readonly label: Lazy;
  /** `conditional-write` is one with a precondition. */
  readonly type: 'read' | 'write' | 'conditional-write';
  readonly effect: () => T;
}

/** What happened to a file. */
export interface Change {
  readonly key: Key;
  readonly before: StoredFile | undefined;
  readonly after: StoredFile | undefined;
  /** Whose request it was; none for what the scenario itself did to the store. */
  readonly process: SimulatedProcess | undefined;
}

/** The files of a store, which the processes of a simulation share. */
export class SimulatedStore {
  readonly simulation: Simulation;
  readonly options: SimulatedStoreOptions;
  /** While `true`, no request has an effect, and all get `Unavailable`. To be set within a step. */
  down = false;
  readonly #files = new Map<string, StoredFile>();
  readonly #observers: ((change: Change) => void)[] = [];
  readonly #faults: FaultBudget;
  readonly #durability: Durability | undefined;
  readonly #locks: Locks = new Map();
  /** For the requests that uploads in parts are made of. */
  readonly uploads: UnfinishedUploads;
  #writes = 0;
  #underWay = 0;

  constructor(simulation: Simulation, options: SimulatedStoreOptions) {
    this.simulation = simulation;
    this.options = options;
    this.#faults = new FaultBudget(simulation, options.name, options.faults ?? {});
    this.uploads = new UnfinishedUploads(simulation, options.name);
    this.#durability =
      options.volatile === true ? new Durability(simulation, options.name) : undefined;
  }

  get name(): string {
    return this.options.name;
  }

  /** The store as a process sees it. */
  client(process: SimulatedProcess): StorageProvider {
    const client = new SimulatedClient(this, process);
    if (this.options.conditions !== 'locks') return client;
    return new LockingClient(client, process, this.#locks);
  }

  get files(): ReadonlyMap<string, StoredFile> {
    return this.#files;
  }

  /** The contents by key, in the order of a listing. */
  snapshot(): Record<string, string> {
    const entries = [...this.#files].map(([key, file]) => [key, file.content] as const);
    return Object.fromEntries(entries.sort(([a], [b]) => compareKeys(a, b)));
  }

  /** Uploads in parts that were neither completed nor aborted. */
  get unfinishedUploads(): readonly MultipartUpload[] {
    return this.uploads.all;
  }

  /** Requests that nobody waits for any more, and that are still to have their effect. */
  get lateRequests(): number {
    return this.#underWay;
  }

  /** Stores a file, without a step: to set a scenario up, or within a step. */
  set(key: string, content: string | Uint8Array, options: UploadOptions = {}): StoredFile {
    const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
    return this.put(parseKey(key), bytes, options, undefined);
  }

  /** Removes a file, without a step. */
  remove(key: string): void {
    this.drop(parseKey(key), undefined);
  }

  /**
   * Another program writes into the file, within a step: who is reading it sees the new bytes from then on.
   * @throws Error if there is no such file.
   */
  overwriteInPlace(key: string, content: string): void {
    const before = this.#files.get(key);
    if (before === undefined) throw new Error(`there is no file ${key} to write into`);
    const bytes = Buffer.from(content);
    const { metadata, tags } = before;
    const stamp = { ...this.#stamp(bytes, {}), size: bytes.byteLength };
    const after = new StoredFile(bytes, { ...metadata, ...stamp }, tags, before.inode);
    this.#change({ key: metadata.key, before, after, process: undefined });
  }

  /** The machine goes off, within a step: of a `volatile` store, all that is not on the disk is lost. */
  powerLoss(): void {
    for (const [key, after] of this.#durability?.powerLoss() ?? []) {
      this.#change({ key: parseKey(key), before: this.#files.get(key), after, process: undefined });
    }
  }

  /** Told of each change, at its moment. What an observer throws ends the simulation. */
  onChange(observer: (change: Change) => void): void {
    this.#observers.push(observer);
  }

  /** Makes a request of a client: a step. */
  request<T>(process: SimulatedProcess, request: StoreRequest<T>): Promise<T> {
    const answer = () => this.#answer(process, request);
    if (request.type === 'read' || this.#faults.empty) return process.step(request.label, answer);
    return process.step(request.label, answer, {
      outlives: () => (this.#faults.strikes('delayed') ? this.#late(request) : undefined),
    });
  }

  /** Within a request: stores a file. */
  put(
    key: Key,
    bytes: Buffer,
    options: UploadOptions,
    process: SimulatedProcess | undefined,
  ): StoredFile {
    const { checksums = {} } = options;
    const after = uploadedFile(key, bytes, options, this.#stamp(bytes, checksums));
    this.#change({ key, before: this.#files.get(key), after, process });
    return after;
  }

  /** Within a request: replaces what is known of a file but its content. */
  replace(file: StoredFile, process: SimulatedProcess): void {
    const { key } = file.metadata;
    this.#change({ key, before: this.#files.get(key), after: file, process });
  }

  /** Within a request: removes a file, if it is there. */
  drop(key: Key, process: SimulatedProcess | undefined): void {
    const before = this.#files.get(key);
    if (before !== undefined) this.#change({ key, before, after: undefined, process });
  }

  /**
   * Within a request.
   * @throws StorageError `NotFound`.
   */
  get(place: Place, key: string): StoredFile {
    const file = this.#files.get(key);
    if (file === undefined) throw failure('NotFound', `there is no file ${key}`, place);
    return file;
  }

  /**
   * Within a request.
   * @throws StorageError `AlreadyExists`, `PreconditionFailed`.
   */
  check(place: Place, current: StoredFile | undefined, condition: Condition | undefined): void {
    if (condition === undefined || this.options.ignoresConditions === true) return;
    if (condition.type === 'absent') {
      if (current !== undefined)
        throw failure('AlreadyExists', `${current.metadata.key} exists already`, place);
    } else if (current?.metadata.etag !== condition.etag) {
      const found = current === undefined ? 'there is no such file' : 'it has changed';
      throw failure('PreconditionFailed', `the file is not the expected version: ${found}`, place);
    }
  }

  #answer<T>(process: SimulatedProcess, request: StoreRequest<T>): T {
    const { place, type, effect } = request;
    const fail = (code: StorageErrorCode, message: string) => failure(code, message, place);
    if (this.down) throw fail('Unavailable', 'the store is down');
    const faults = this.#faults;
    if (faults.empty) return effect();
    if (faults.strikes('refused')) throw fail('Unavailable', 'the request was refused');
    if (faults.strikes('throttled')) throw fail('Throttled', 'the store asks to slow down');
    if (type === 'read') return effect();
    if (type === 'conditional-write' && faults.strikes('conflict'))
      throw fail('Conflict', 'another conditional request is under way');
    if (faults.strikes('delayed')) {
      if (this.simulation.choose(2, 'never arrives') === 0)
        this.simulation.later(process, request.label, this.#late(request));
      throw fail('Timeout', 'no answer in time');
    }
    if (!faults.strikes('lostAnswer')) return effect();
    try {
      effect();
    } catch (error) {
      if (!isStorageError(error)) throw error; // else this answer is lost, too
    }
    throw fail('Unavailable', 'the answer was lost');
  }

  /** What a request does that arrives when nobody waits for its answer any more. */
  #late<T>({ effect }: StoreRequest<T>): () => void {
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
      if (!this.down) effect();
    };
  }

  #stamp(bytes: Uint8Array, announced: Checksums) {
    this.#writes += 1;
    const etag =
      this.options.etags === 'content'
        ? contentETag(bytes)
        : (`${this.name}-${this.#writes}` as ETag); // as made up as any store's
    return {
      etag,
      lastModified: new Date(this.simulation.tick()),
      checksums: this.options.checksums === true ? checksumsOf(bytes, announced) : announced,
    };
  }

  #change(change: Change): void {
    const { key, after, process } = change;
    if (after === undefined) this.#files.delete(key);
    else this.#files.set(key, after);
    if (process === undefined) this.#durability?.keep(key, after);
    else this.#durability?.syncLater(key, process, () => this.#files.get(key));
    for (const observer of this.#observers) {
      try {
        observer(change);
      } catch (error) {
        this.simulation.fail(error);
      }
    }
  }
}
