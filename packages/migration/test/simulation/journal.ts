import type { ETag, Key, ListedFile } from '@org/storage-core';
import type { SimulatedProcess } from '@org/storage-testkit/simulator';
import {
  FILE_STATES,
  type FileRecord,
  type FileState,
  RESOLVED,
  UNRESOLVED,
} from '../../src/journal/file-record.js';
import type { Journal } from '../../src/journal/journal.js';
import type { Run } from '../../src/journal/run.js';

interface Row extends FileRecord {
  readonly scan: number;
  /** Empty: about to begin. */
  readonly uploadId?: string;
  readonly uploadEtag?: ETag | undefined;
}

/** The run of {@link SimulatedJournal.copied}. */
export const COPIED_BY = 'run 1';

/** What is on a simulated journal's disk. A write is a step, and durable after it. */
export class SimulatedJournal {
  readonly files = new Map<Key, Row>();
  readonly runs: Run[] = [];
  #scan = 0;

  states(): Record<string, FileState> {
    return Object.fromEntries([...this.files].map(([key, { state }]) => [key, state]));
  }

  /** Files that a run has copied, which was the first. */
  copied(files: readonly FileRecord[]): void {
    const id = COPIED_BY;
    this.runs.push({ id, kind: 'migrate', started: new Date(0), outcome: 'complete' });
    for (const file of files) this.files.set(file.key, { ...file, run: id, scan: this.#scan });
  }

  client(process: SimulatedProcess): Journal {
    const { files, runs } = this;
    const write = (what: string, effect: () => void) => process.step(`journal ${what}`, effect);
    const change = (key: Key, by: Partial<Row>) => {
      const row = files.get(key);
      if (row !== undefined) files.set(key, { ...row, ...by });
    };
    const inOrder = () => [...files.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return {
      place: 'simulated',
      endpoints: { source: 'source', target: 'target' },
      startRun: async (kind) => {
        const id = `run ${runs.length + 1}`;
        const run: Run = { id, kind, started: new Date(0), outcome: 'running' };
        await write('starts a run', () => void runs.push(run));
        return run;
      },
      endRun: (id, outcome) =>
        write(`ends ${id}`, () => {
          const index = runs.findIndex((run) => run.id === id);
          const run = runs[index];
          if (run !== undefined) runs[index] = { ...run, outcome };
        }),
      runs: async (limit) => [...runs].reverse().slice(0, limit),
      recordSample: async () => {},
      samples: async () => [],
      control: async () => ({ paused: false }),
      setControl: async () => {},
      recordLook: async () => {},
      lastLook: async () => undefined,
      startScan: () =>
        write('starts a scan', () => {
          this.#scan += 1;
        }),
      recordSeen: (seen) =>
        write(`sees ${seen.map(({ key }) => key).join(' ')}`, () => {
          for (const file of seen) files.set(file.key, this.#seen(file));
        }),
      recordSkipped: async () => {},
      endScan: ({ missing = 'gone' } = {}) =>
        write('ends the scan', () => {
          for (const row of files.values())
            if (row.scan < this.#scan && UNRESOLVED.includes(row.state))
              files.set(row.key, { ...row, state: missing });
        }),
      // The scenarios' files have one size and age, so that every order is that of the keys.
      page: async ({ states, run, retirements, range, after, limit }) =>
        inOrder()
          .filter((row) => states?.includes(row.state) ?? true)
          .filter((row) => run === undefined || row.run === run)
          .filter((row) => retirements?.includes(row.retirement ?? 'none') ?? true)
          .filter(({ key }) => range === undefined || (key >= range.from && key <= range.upTo))
          .filter((row) => after === undefined || row.key > after.key)
          .slice(0, limit),
      find: async (key) => files.get(key),
      totals: async () => {
        const count = (state: FileState) => inOrder().filter((row) => row.state === state).length;
        const totals = FILE_STATES.map((state) => [state, { files: count(state), bytes: 0 }]);
        return Object.fromEntries(totals);
      },
      verifications: async () => ({}),
      unverified: async () => 0,
      retirements: async () => ({}),
      breakdown: async () => [],
      skippedTotals: async () => ({}),
      async *skipped() {},
      recordUpload: (key, uploadId = '', uploadEtag = undefined) =>
        write(`holds the upload ${uploadId} of ${key}`, () =>
          change(key, { uploadId, uploadEtag }),
        ),
      unfinishedUploads: async (range) =>
        inOrder().flatMap(({ key, uploadId, uploadEtag: sourceEtag }) => {
          if (uploadId === undefined) return [];
          if (range !== undefined && (key < range.from || key > range.upTo)) return [];
          const id = uploadId === '' ? {} : { uploadId };
          return [{ key, ...id, ...(sourceEtag === undefined ? {} : { sourceEtag }) }];
        }),
      clearUpload: (key) => write(`forgets the upload of ${key}`, () => this.#clear(key)),
      recordResult: (key, result) =>
        write(`holds that ${key} is ${result.state}`, () => {
          if (result.state === 'copied' || result.state === 'pending') this.#begin(key);
          change(key, result);
          if (result.state === 'copied') this.#clear(key);
        }),
      recordVerification: (key, verification, verifiedBy) =>
        write(`holds that ${key} is found ${verification}`, () =>
          change(key, { verification, ...(verifiedBy === undefined ? {} : { verifiedBy }) }),
        ),
      recordRetirement: (key, outcome, archived) =>
        write(`holds that ${key} is ${outcome ?? 'back'}`, () => {
          const { retirement: _, archived: __, ...row } = files.get(key) ?? raise(key);
          const retirement = outcome === undefined ? {} : { retirement: outcome };
          files.set(key, {
            ...row,
            ...retirement,
            ...(archived === undefined ? {} : { archived }),
          });
        }),
      recordSource: (key, { etag, lastModified }) =>
        write(`holds that ${key} is ${etag} in the source`, () =>
          change(key, { sourceEtag: etag, modified: lastModified }),
        ),
      recordReferenced: async () => {},
      close: async () => {},
    };
  }

  /** What a file that is copied anew, or was taken back, is not. */
  #begin(key: Key): void {
    const {
      verification: _,
      verifiedBy: __,
      retirement: ___,
      ...row
    } = this.files.get(key) ?? raise(key);
    const { archived: ____, ...others } = row;
    this.files.set(key, { ...others, referenced: false });
  }

  #clear(key: Key): void {
    const row = this.files.get(key);
    if (row === undefined) return;
    const { uploadId: _, ...others } = row;
    this.files.set(key, others);
  }

  #seen({ key, size, etag, lastModified }: ListedFile): Row {
    const row = this.files.get(key);
    const settled = row?.sourceEtag === etag && RESOLVED.includes(row.state);
    return {
      ...(row ?? { attempts: 0, checksums: {}, referenced: false }),
      ...{ key, size, sourceEtag: etag, modified: lastModified, scan: this.#scan },
      state: settled ? row.state : 'pending',
    };
  }
}

function raise(key: Key): never {
  throw new Error(`the journal does not know ${key}`);
}
