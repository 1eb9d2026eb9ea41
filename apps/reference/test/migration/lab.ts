import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FleetMember, type FleetRegistry, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { vi } from 'vitest';
import { sqliteJournal } from '../../src/server/migration/journal-place.js';
import type { MigrationServiceOptions } from '../../src/server/migration/options.js';
import { MigrationService } from '../../src/server/migration/service.js';
import type { MigrationState } from '../../src/server/migration/state.js';

const BUCKET = 'lab';

/** A process that has died on this host is known to have ended: nobody waits for long. */
const TIMING = { heartbeat: 40, drain: 2_000 } as const;

/** One process of an application: its storage, and its service. */
export interface Instance {
  readonly storage: HybridStorageProvider;
  readonly service: MigrationService;
  close(): Promise<void>;
}

/** A directory with files, an empty bucket, and the processes of an application that work on both. */
export class Lab {
  readonly directory: string;
  readonly server: S3Server;
  readonly #instances: Instance[] = [];
  readonly #registries: FleetRegistry[] = [];

  private constructor(directory: string, server: S3Server) {
    this.directory = directory;
    this.server = server;
  }

  static async open(files: Readonly<Record<string, string | Buffer>> = {}): Promise<Lab> {
    const directory = await mkdtemp(join(tmpdir(), 'storage-dashboard-'));
    const lab = new Lab(directory, await startS3Server({ buckets: [BUCKET] }));
    await mkdir(lab.root, { recursive: true });
    for (const [key, content] of Object.entries(files)) {
      await mkdir(dirname(join(lab.root, key)), { recursive: true });
      await writeFile(join(lab.root, key), content);
    }
    return lab;
  }

  get root(): string {
    return join(this.directory, 'files');
  }

  get journal(): string {
    return join(this.directory, 'journal.sqlite');
  }

  get registryFile(): string {
    return join(this.directory, 'fleet.sqlite');
  }

  endpoints(back = false) {
    const [directory, bucket] = [this.root, `s3://${BUCKET}`];
    return back ? { source: bucket, target: directory } : { source: directory, target: bucket };
  }

  source(): LocalStorageProvider {
    return new LocalStorageProvider({ root: this.root });
  }

  target(): S3StorageProvider {
    const { endpoint, region, credentials } = this.server;
    const connection = { endpoint, region, credentials, server: 'aws' } as const;
    return new S3StorageProvider({ bucket: BUCKET, ...connection, maxAttempts: 1 });
  }

  /** Starts a process. Its first operation puts it into the fleet. @param back From the bucket to the directory. */
  async start(
    options: Partial<MigrationServiceOptions> = {},
    { back = false }: { readonly back?: boolean } = {},
  ): Promise<Instance> {
    const registry = sqliteFleetRegistry(this.registryFile);
    this.#registries.push(registry);
    const member = new FleetMember({ ...TIMING, registry });
    const sides = () =>
      back
        ? { source: this.target(), target: this.source() }
        : { source: this.source(), target: this.target() };
    const storage = new HybridStorageProvider({
      ...sides(),
      mode: member.wanted('source'),
      neighbours: member,
    });
    await storage.exists('nothing');
    const { source, target } = sides();
    const service = new MigrationService({
      ...{ source, target, registry, timing: TIMING, lookEvery: 40, quiet: 0 },
      journal: sqliteJournal(this.journal, this.endpoints(back)),
      archive: source instanceof LocalStorageProvider ? source.trash : 'delete',
      stage: () => storage.stage,
      ...options,
    });
    const close = async () => {
      await service.close();
      await storage.close();
      await Promise.all([source.close(), target.close()]);
    };
    const instance = { storage, service, close };
    this.#instances.push(instance);
    return instance;
  }

  async close(): Promise<void> {
    for (const instance of this.#instances.reverse()) await instance.close();
    for (const registry of this.#registries) await registry.close();
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Waits until the state is as it is wanted to be. */
export function until(
  service: MigrationService,
  wanted: (state: MigrationState) => boolean,
): Promise<MigrationState> {
  return vi.waitFor(
    async () => {
      const state = await service.state();
      if (!wanted(state)) throw new Error(`not so yet: ${JSON.stringify(state)}`);
      return state;
    },
    { timeout: 30_000, interval: 20 },
  );
}

/** Brings all processes to `hybrid`, step by step. */
export async function toHybrid({ service }: Instance): Promise<void> {
  for (const mode of ['prepare', 'hybrid'] as const) {
    await service.setMode(mode);
    await until(service, ({ mode: { wanted, reached } }) => wanted === mode && reached);
  }
}

/** Waits until nothing is at work any more. */
export function rested(service: MigrationService): Promise<MigrationState> {
  return until(service, ({ work }) => work === null);
}
