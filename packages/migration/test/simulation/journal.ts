import type { Key, ListedFile } from '@org/storage-core';
import type { SimulatedProcess } from '@org/storage-testkit/simulator';
import {
  type FileRecord,
  type FileState,
  type Journal,
  RESOLVED,
  type Run,
  UNRESOLVED,
} from '../../src/journal.js';

interface Row extends FileRecord {
  readonly scan: number;
  /** Empty: about to begin. */
  readonly uploadId?: string;
}

/** What is on a simulated journal's disk. A write is a step, and durable after it. */
export class SimulatedJournal {
  readonly files = new Map<Key, Row>();
  readonly runs: Run[] = [];
  #scan = 0;

  states(): Record<string, FileState> {
    return Object.fromEntries([...this.files].map(([key, { state }]) => [key, state]));
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
      startRun: async () => {
        const run: Run = { id: `run ${runs.length + 1}`, started: new Date(0), outcome: 'running' };
        await write('starts a run', () => void runs.push(run));
        return run;
      },
      endRun: (id, outcome) =>
        write(`ends ${id}`, () => {
          const index = runs.findIndex((run) => run.id === id);
          const run = runs[index];
          if (run !== undefined) runs[index] = { ...run, outcome };
        }),
      lastRun: async () => runs.at(-1),
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
      page: async ({ states, after, limit }) =>
        inOrder()
          .filter((row) => states?.includes(row.state) ?? true)
          .filter((row) => after === undefined || row.key > after)
          .slice(0, limit),
      find: async (key) => files.get(key),
      totals: async () => {
        const states: readonly FileState[] = [
          ...['pending', 'copied', 'present', 'conflict', 'failed', 'gone'],
          ...['superseded', 'deleted', 'lost'],
        ] as FileState[];
        const count = (state: FileState) => inOrder().filter((row) => row.state === state).length;
        const totals = states.map((state) => [state, { files: count(state), bytes: 0 }]);
        return Object.fromEntries(totals);
      },
      verifications: async () => ({}),
      skippedTotals: async () => ({}),
      async *skipped() {},
      recordUpload: (key, uploadId = '') =>
        write(`holds the upload ${uploadId} of ${key}`, () => change(key, { uploadId })),
      unfinishedUploads: async () =>
        inOrder().flatMap(({ key, uploadId }) =>
          uploadId === undefined ? [] : [{ key, ...(uploadId === '' ? {} : { uploadId }) }],
        ),
      clearUpload: (key) => write(`forgets the upload of ${key}`, () => this.#clear(key)),
      recordResult: (key, result) =>
        write(`holds that ${key} is ${result.state}`, () => {
          change(key, result);
          if (result.state === 'copied') this.#clear(key);
        }),
      recordVerification: async () => {},
      close: async () => {},
    };
  }

  #clear(key: Key): void {
    const row = this.files.get(key);
    if (row === undefined) return;
    const { uploadId: _, ...others } = row;
    this.files.set(key, others);
  }

  #seen({ key, size, etag }: ListedFile): Row {
    const row = this.files.get(key);
    const settled = row?.sourceEtag === etag && RESOLVED.includes(row.state);
    return {
      ...(row ?? { attempts: 0, checksums: {} }),
      ...{ key, size, sourceEtag: etag, scan: this.#scan },
      state: settled ? row.state : 'pending',
    };
  }
}
