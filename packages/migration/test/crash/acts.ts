import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HybridStorageProvider, putTombstone } from '@org/storage-hybrid';
import {
  clean,
  type FileState,
  type MigrateOptions,
  migrate,
  type RetirementOutcome,
  restoreFiles,
  retireFiles,
  revertRun,
  sweepTombstones,
  updateReferences,
  verify,
} from '../../src/index.js';
import { manifestOf, openBucket, openSource, type Places, type Process } from './process.js';

/** What happens to a site: a command, which a process runs that may die, or something that others do meanwhile. */
export type Act =
  | { readonly name: string; readonly run: (process: Process) => Promise<unknown> }
  | { readonly name: string; readonly meanwhile: (places: Places) => Promise<unknown> };

export interface Scenario {
  readonly name: string;
  /** Whether an application works on both stores. */
  readonly live: boolean;
  /** States and outcomes of retiring that some file comes to. */
  readonly reaches: readonly (FileState | RetirementOutcome)[];
  /** What is in the source at first. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Keys that the server refuses to store. */
  readonly refused: readonly string[];
  readonly acts: readonly Act[];
}

const HOUR = 60 * 60 * 1000;

const quickly = { retry: { firstDelay: 0 }, concurrency: 1 };

/** Nothing happens by itself: the steps are the same each time. */
const clock = { now: () => Date.now(), every: () => () => {} };

const migrating = (options: Partial<MigrateOptions>): Act => ({
  name: 'migrate',
  run: ({ source, target, journal }) =>
    migrate({ source, target, journal, clock, ...quickly, ...options }),
});

const verifying = (live: boolean): Act => ({
  name: 'verify',
  run: ({ source, target, journal }) => verify({ source, target, journal, live, ...quickly }),
});

const archiving: Act = {
  name: 'retire',
  run: ({ places, source, target, journal, trash }) => {
    const manifest = manifestOf(places);
    return retireFiles({
      ...{ source, target, journal, archive: trash, manifest, live: true },
      ...quickly,
    });
  },
};

const deleting: Act = {
  name: 'retire',
  run: ({ source, target, journal }) =>
    retireFiles({ source, target, journal, archive: 'delete', ...quickly }),
};

const restoring = (live: boolean): Act => ({
  name: 'restore',
  run: ({ source, target, journal, trash: archive }) =>
    restoreFiles({ source, target, journal, archive, live, ...quickly }),
});

/** Takes back what all runs have copied: after a death there is one more. */
const reverting: Act = {
  name: 'revert',
  async run({ source, target, journal, trash: archive }) {
    for (const { id, kind } of await journal.runs()) {
      if (kind !== 'migrate') continue;
      const how = { handedBack: true, wait: async () => {}, ...quickly } as const;
      await revertRun({ source, target, journal, archive, run: id, ...how });
    }
  },
};

const telling: Act = {
  name: 'references',
  run: ({ journal, references }) => updateReferences({ journal, references, batch: 4 }),
};

const sweeping: Act = {
  name: 'sweep',
  run: ({ source, target, journal }) =>
    sweepTombstones({ source, target, journal, cutOver: true, drain: 0, ...quickly }),
};

const cleaning: Act = {
  name: 'clean',
  run: ({ source, target, journal }) =>
    clean({
      ...{ target, journal, staging: source, uploadsOlderThan: HOUR, ...quickly },
      now: () => Date.now() + 2 * HOUR,
    }),
};

/** What the application writes and deletes. */
function application(changes: Readonly<Record<string, string | undefined>>): Act {
  return {
    name: 'application',
    async meanwhile(places) {
      const source = openSource(places);
      const target = openBucket(places);
      const storage = new HybridStorageProvider({
        source,
        target,
        mode: 'hybrid',
        handedOver: true,
      });
      for (const [key, content] of Object.entries(changes))
        await (content === undefined ? storage.delete(key) : storage.upload(key, content));
      await source.close();
      await target.close();
    },
  };
}

/** What is in the bucket, and what an application has put there that died before it could drop the source's file. */
function before(files: Readonly<Record<string, string>>, deleted?: string): Act {
  return {
    name: 'before',
    async meanwhile(places) {
      const target = openBucket(places);
      for (const [key, content] of Object.entries(files)) await target.upload(key, content);
      if (deleted !== undefined) await putTombstone(target, deleted, undefined, undefined);
      await target.close();
    },
  };
}

/** What something else writes and deletes in the source's directory. */
function pastTheApplication(changes: Readonly<Record<string, string | undefined>>): Act {
  return {
    name: 'something else',
    async meanwhile(places) {
      const source = openSource(places);
      for (const [key, content] of Object.entries(changes)) {
        if (content === undefined) await source.delete(key);
        else await writeFile(join(places.root, key), content);
      }
      await source.close();
    },
  };
}

/** Beside an application, there and back. */
export const LIVE: Scenario = {
  name: 'beside an application',
  live: true,
  reaches: [
    ...['pending', 'copied', 'present', 'conflict', 'failed', 'superseded', 'deleted', 'lost'],
    ...['retired', 'gone'],
  ] as const,
  files: {
    copied: '1',
    'deep/er/copied': '22',
    present: 'the same',
    unselected: '3',
    refused: '4',
    lost: '5',
    changed: '6',
    superseded: 'old',
    deleted: 'old',
    'copied, then written': 'old',
    'copied, then deleted': 'old',
    'retired, then written': 'old',
    'retired, then deleted': 'old',
    'restored, then written': 'old',
  },
  refused: ['refused', 'lost'],
  acts: [
    before({ present: 'the same', superseded: 'new' }, 'deleted'),
    migrating({ live: true, select: { exclude: ['unselected'] } }),
    application({ 'copied, then written': 'new', 'copied, then deleted': undefined }),
    pastTheApplication({ changed: 'by something else', lost: undefined }),
    migrating({ live: true, select: { exclude: ['unselected'] } }),
    verifying(true),
    telling,
    archiving,
    application({ 'retired, then written': 'new', 'retired, then deleted': undefined }),
    restoring(true),
    application({ 'restored, then written': 'new' }),
    archiving,
    reverting,
    telling,
    sweeping,
    cleaning,
  ],
};

/** In a maintenance window, by deletion. */
export const WINDOW: Scenario = {
  name: 'in a maintenance window',
  live: false,
  reaches: ['conflict', 'failed', 'gone', 'retired'],
  files: {
    copied: '1',
    present: 'the same',
    conflict: 'ours',
    refused: '2',
    gone: '3',
  },
  refused: ['refused', 'gone'],
  acts: [
    before({ present: 'the same', conflict: 'theirs' }),
    migrating({}),
    pastTheApplication({ gone: undefined }),
    migrating({}),
    verifying(false),
    telling,
    deleting,
    restoring(false),
    verifying(false),
    deleting,
    cleaning,
  ],
};

/** With an upload in parts. */
export const LARGE: Scenario = {
  name: 'of a large file',
  live: true,
  reaches: ['copied', 'retired', 'pending'],
  files: { film: Buffer.alloc(5 * 1024 ** 2 + 10, 'film') },
  refused: [],
  acts: [
    migrating({ live: true }),
    verifying(true),
    archiving,
    restoring(true),
    archiving,
    reverting,
    migrating({ live: true }),
    cleaning,
  ],
};
