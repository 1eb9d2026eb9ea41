import { Digest, isStorageError } from '@org/storage-core';
import {
  type HybridStorageOptions,
  HybridStorageProvider,
  isTombstone,
  type Mode,
  originOf,
  type SpooledStorageProvider,
  spooled,
  statIfThere,
  TOMBSTONE_TYPE,
} from '@org/storage-hybrid';
import {
  type Change,
  History,
  type SimulatedProcess,
  SimulatedStore,
  type Simulation,
  type StoredFile,
} from '@org/storage-testkit/simulator';
import { type MigrationReport, migrate } from '../../src/backfill/migrate.js';
import type { FileRecord } from '../../src/journal/file-record.js';
import { retire } from '../../src/retire/retire.js';
import { bringBack, type Copied, takeBack } from '../../src/retire/revert.js';
import { SimulatedArchive } from './archive.js';
import { type Call, contentOf, makeCalls } from './clients.js';
import { copyListed } from './copy-listed.js';
import { SimulatedJournal } from './journal.js';
import { checkRegular } from './regular.js';
import { rolesIn, type StoreOptions } from './roles.js';

/** Bytes of a part, where files are sent in parts: more than a tombstone has. */
export const PART = 100;

export interface WorldOptions {
  /** Contents by key, at first. */
  readonly source?: Readonly<Record<string, string>>;
  readonly target?: Readonly<Record<string, string>>;
  /** Contents that a run of the migration has copied and retired already. */
  readonly copied?: Readonly<Record<string, string>>;
  /** Keys, retired or still in the source, whose copies something has removed from the target, as a verification has found. */
  readonly missing?: readonly string[];
  /** Whether the applications have a spool; with contents, which wait in it at first. */
  readonly spool?: true | Readonly<Record<string, string>>;
  /** Keys that the application has deleted. */
  readonly tombstones?: readonly string[];
  /**
   * Whether a file may go from the source only when the target has something under its key. Not so while processes delete in
   * the source. Default `true`.
   */
  readonly guardsSource?: boolean;
  readonly sourceOptions?: StoreOptions;
  readonly targetOptions?: StoreOptions;
}

export interface ApplicationOptions extends Partial<HybridStorageOptions> {
  /** How often the process may crash. */
  readonly crashes?: number;
}

/** A disk and a bucket, and processes of an application and of a migration that work on both. */
export class World {
  readonly simulation: Simulation;
  readonly source: SimulatedStore;
  readonly target: SimulatedStore;
  readonly history = new History();
  readonly archive: SimulatedArchive;
  readonly spool: SimulatedStore | undefined;
  readonly journal = new SimulatedJournal();
  /** What clients saw that take a file of the source while the target is away. */
  readonly outageReads = new History();
  /** Calls of applications that have no answer yet. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #copied = new Map<string, Copied>();
  readonly #initial: Readonly<Record<string, string>>;

  constructor(simulation: Simulation, options: WorldOptions = {}) {
    const { source = {}, target = {}, copied = {}, tombstones = [], guardsSource = true } = options;
    const { missing = [] } = options;
    const roles = rolesIn(simulation, options.sourceOptions, options.targetOptions);
    this.simulation = simulation;
    this.source = new SimulatedStore(simulation, {
      etags: 'unique',
      name: 'source',
      ...roles.source,
    });
    this.target = new SimulatedStore(simulation, {
      etags: 'content',
      name: 'target',
      ...roles.target,
    });
    for (const [key, content] of Object.entries(source)) this.source.set(key, content);
    for (const [key, content] of Object.entries(target)) this.target.set(key, content);
    this.archive = new SimulatedArchive(this.source);
    const { spool } = options;
    if (spool !== undefined)
      this.spool = new SimulatedStore(simulation, { name: 'spool', etags: 'unique' });
    const waiting = spool === true ? {} : (spool ?? {});
    for (const [key, content] of Object.entries(waiting)) this.spool?.set(key, content);
    const records: FileRecord[] = [];
    for (const [key, content] of Object.entries(copied)) {
      const file = this.source.set(key, content);
      const copy = this.target.set(key, content, { metadata: originOf(file.metadata) });
      const archived = this.archive.keep(key);
      this.#copied.set(key, { targetEtag: copy.metadata.etag, archived });
      records.push({ ...copiedRecord(file, copy), archived, retirement: 'retired' });
    }
    for (const key of missing) {
      const file = this.source.files.get(key);
      if (file !== undefined) records.push(copiedRecord(file, this.target.set(key, file.content)));
      this.target.remove(key);
      const at = records.findIndex((record) => record.key === key);
      const record = records[at];
      if (record !== undefined) records[at] = { ...record, verification: 'missing' };
    }
    if (records.length > 0) this.journal.copied(records);
    for (const key of tombstones) this.target.set(key, 'deleted', { contentType: TOMBSTONE_TYPE });
    this.#initial = { ...source, ...target, ...copied, ...waiting };
    if (guardsSource) this.source.onChange(checkRemoval(this.target, this.spool));
  }

  /** A process of the application, which makes calls one after the other. */
  application(
    name: string,
    mode: Mode | (() => Mode),
    calls: readonly Call[],
    { crashes = 0, ...options }: ApplicationOptions = {},
  ): void {
    const run = (process: SimulatedProcess, todo: readonly Call[]) => {
      const storage = this.storage(process, mode, options);
      const history = options.failover?.reads === 'source' ? this.outageReads : this.history;
      process.spawn(todo.map(({ does }) => does).join(', '), () =>
        makeCalls(process, storage, history, todo, this.#underWay),
      );
    };
    const process = this.simulation.process(name);
    run(process, calls);
    if (crashes > 0) this.simulation.crashes({ of: process, atMost: crashes });
  }

  storage(
    process: SimulatedProcess,
    mode: Mode | (() => Mode),
    options: Partial<HybridStorageOptions> = {},
  ): HybridStorageProvider {
    return new HybridStorageProvider({
      source: this.source.client(process),
      target: this.spooled(process) ?? this.target.client(process),
      mode,
      handedOver: true,
      ...options,
    });
  }

  /** The target behind the spool, if there is one. */
  spooled(process: SimulatedProcess): SpooledStorageProvider | undefined {
    if (this.spool === undefined) return undefined;
    const store = this.spool.client(process);
    const maxBytes = Number.POSITIVE_INFINITY;
    return spooled(this.target.client(process), { store, maxBytes, drain: false });
  }

  /** A process to which the target is away just then: its write is an entry, in one step. */
  spooling(name: string, key: string, value: string): void {
    const process = this.simulation.process(name);
    process.spawn('write', () =>
      this.history.record(process, { kind: 'write', key, value }, () =>
        process.step(`spool takes ${key} "${value}"`, () => {
          this.spool?.set(key, value);
          return undefined;
        }),
      ),
    );
  }

  /** A process that sends what waits in the spool to the target. */
  drain(name: string, options: { readonly crashes?: number } = {}): void {
    this.background(name, async (process) => this.spooled(process)?.drain(), options);
  }

  /** All is well again, and what waits is sent. */
  async checkDrained(): Promise<void> {
    this.target.down = false;
    await this.simulation.settle(async (process) => {
      const storage = this.spooled(process);
      // A claim of a process that is gone is left alone in the first pass.
      for (let pass = 1; pass <= 4 && this.#waiting(); pass++) await storage?.drain();
    });
    if (this.#waiting()) throw new Error('entries are left in the spool');
    await this.checkHistory();
  }

  #waiting(): boolean {
    return [...(this.spool?.files.keys() ?? [])].some((key) => !key.startsWith('.'));
  }

  /** Something that works on the stores by itself, such as a step of the migration. */
  background(
    name: string,
    run: (process: SimulatedProcess) => Promise<unknown>,
    { crashes = 0 }: { readonly crashes?: number } = {},
  ): void {
    const process = this.simulation.process(name);
    const spawn = (incarnation: SimulatedProcess) =>
      incarnation.spawn(name, async () => {
        try {
          await run(incarnation);
        } catch (error) {
          if (!isStorageError(error)) throw error; // it can't go on now, and is run again later
        }
      });
    spawn(process);
    if (crashes > 0) this.simulation.crashes({ of: process, atMost: crashes, restart: spawn });
  }

  /** Copies keys as the migration does, and takes them out of the source. */
  backfill(
    name: string,
    keys: readonly string[] = ['k'],
    { retires = false, ...options }: { readonly retires?: boolean; readonly crashes?: number } = {},
  ): void {
    this.background(
      name,
      async (process) => {
        for (const key of keys) await this.#copy(process, key, retires);
      },
      options,
    );
  }

  async #copy(process: SimulatedProcess, key: string, retires: boolean): Promise<void> {
    const source = this.source.client(process);
    const target = this.target.client(process);
    const listed = await statIfThere(source, key, undefined);
    if (listed === undefined) return;
    const result = await copyListed(listed, { source, target });
    if (!retires || result.state === 'lost') return;
    const { archive } = this;
    const { outcome } = await retire(key, {
      ...{ source, target, copied: listed.etag, archive: archive.client(process) },
    });
    if (outcome === 'needed') throw new Error(`${key} is copied, and not in the target`);
  }

  /** A process that copies a file under another key. */
  copying(name: string, from: string, to: string): void {
    this.background(name, (process) => this.storage(process, 'hybrid').copy(from, to));
  }

  /** Another program writes into a file of the source, if it is there. @returns what tells whether it has. */
  overwriting(name: string, key: string, content: string): () => boolean {
    let written = false;
    this.background(name, (process) =>
      process.step(`another program writes into ${key}`, () => {
        if (!this.source.files.has(key)) return;
        this.source.overwriteInPlace(key, content);
        written = true;
      }),
    );
    return () => written;
  }

  /** The migration itself, which goes on where it was when it crashed. */
  migration(
    name: string,
    { crashes = 0, missing }: { readonly crashes?: number; readonly missing?: boolean } = {},
  ): void {
    this.background(name, (process) => this.migrate(process, missing), { crashes });
  }

  /** @param missing Whether copies that are missing from the target are made again. */
  migrate(process: SimulatedProcess, missing = false): Promise<MigrationReport> {
    return migrate({
      missing,
      source: this.source.client(process),
      target: this.target.client(process),
      journal: this.journal.client(process),
      ...{ live: true, largeFrom: PART, concurrency: 2, retry: { attempts: 1 } },
      knownFiles: true, // the application has written to the target before
      clock: { now: () => this.simulation.tick(), every: () => () => {} },
    });
  }

  /** All is well again, and the migration is run to its end: nothing may be open then. */
  async checkMigrated(): Promise<void> {
    this.target.down = false;
    const { outcome } = await this.simulation.settle((process) => this.migrate(process));
    if (outcome !== 'complete')
      throw new Error(`the migration is ${outcome}: ${JSON.stringify(this.journal.states())}`);
    const gone = [...this.journal.files.values()].find(({ state }) => state === 'gone');
    if (gone !== undefined) throw new Error(`${gone.key} was not looked for in the target`);
    const left = Object.keys(this.source.snapshot()).filter((key) => !this.target.files.has(key));
    if (left.length > 0) throw new Error(`not copied: ${left.join(' ')}`);
    const { unfinishedUploads } = this.target;
    if (unfinishedUploads.length > 0)
      throw new Error(`parts are left of ${unfinishedUploads.map(({ key }) => key).join(' ')}`);
  }

  /** Takes a file out of the source that a journal holds to be copied, whether it is or not. */
  retirement(name: string, key: string): void {
    const copied = this.source.files.get(key)?.metadata.etag;
    if (copied === undefined) throw new Error(`${key} is not in the source`);
    this.background(name, async (process) => {
      const [source, target] = [this.source.client(process), this.target.client(process)];
      await retire(key, { source, target, copied, archive: this.archive.client(process) });
    });
  }

  /** The target is away, and comes back. */
  outage(): void {
    this.background('O', async (process) => {
      await process.step('the target goes away', () => {
        this.target.down = true;
      });
      await process.step('the target comes back', () => {
        this.target.down = false;
      });
    });
  }

  /** Takes copies back that a run has made: all of the first half, a pause, and the second half. */
  reversion(name: string, keys: readonly string[]): void {
    this.background(name, async (process) => {
      const options = {
        source: this.source.client(process),
        target: this.target.client(process),
        archive: this.archive.client(process),
      };
      const brought: [string, Copied][] = [];
      for (const key of keys) {
        const copied = this.#copied.get(key);
        if (copied !== undefined && (await bringBack(key, copied, options)))
          brought.push([key, copied]);
      }
      await this.longestRequest(process);
      for (const [key, copied] of brought) await takeBack(key, copied, options);
    });
  }

  /** Waits for the calls that are under way, and for what arrives late: time enough for any request. */
  async longestRequest(process: SimulatedProcess): Promise<void> {
    const underWay = [...this.#underWay];
    await process.step('waits for the longest request', () => {});
    await Promise.all(underWay);
    await this.lateRequests(process);
  }

  /** Waits until nothing is under way that nobody waits for any more. */
  async lateRequests(process: SimulatedProcess): Promise<void> {
    const late = () => this.source.lateRequests + this.target.lateRequests;
    while (late() > 0) await process.step('waits for what arrives late', () => {});
  }

  /** The content that the target holds; a tombstone is none. */
  targetContent(key: string): string | undefined {
    const file = this.target.files.get(key);
    return file === undefined || isTombstone(file.metadata) ? undefined : file.content;
  }

  /** What an application sees at last, when all is well, must fit what its clients saw. */
  async checkHistory(mode: Mode = 'hybrid'): Promise<void> {
    const keys = new Set(this.history.records.map(({ operation }) => operation.key));
    await this.simulation.settle(async (process) => {
      const storage = this.storage(process, mode);
      for (const key of keys) {
        await this.history.record(
          process,
          { kind: 'read', key },
          async () => (await contentOf(storage, key))?.content,
        );
      }
    });
    this.history.check(this.#initial);
    checkRegular(this.#initial, this.history.records, this.outageReads.records);
  }
}

/** What the journal has of a file that was copied and found whole. */
function copiedRecord(file: StoredFile, copy: StoredFile): FileRecord {
  const { key, size, etag: sourceEtag, lastModified: modified } = file.metadata;
  const checksums = new Digest().update(file.bytes).checksums();
  return {
    ...{ key, size, sourceEtag, modified, checksums, attempts: 1, referenced: false },
    ...{ state: 'copied', verification: 'ok', verifiedBy: 'checksum' },
    targetEtag: copy.metadata.etag,
  };
}

/** No copy is taken from the source unless the target, or its spool, has the say over its key at that moment. */
function checkRemoval(
  target: SimulatedStore,
  spool: SimulatedStore | undefined,
): (change: Change) => void {
  return ({ key, before, after, process }) => {
    if (before === undefined || after !== undefined) return;
    if (target.files.has(key) || spool?.files.has(key)) return;
    throw new Error(
      `${process?.name} removed ${key} from the source while the target had nothing under it`,
    );
  };
}
