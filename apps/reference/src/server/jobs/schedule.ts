import type { Kysely } from 'kysely';
import type { Sessions } from '../accounts/sessions.js';
import type { Schema } from '../database/schema.js';
import { addUpDownloads } from '../files/downloads.js';
import { fillMetadata } from '../files/fill-metadata.js';
import type { FileRemoval } from '../files/removal.js';
import type { UnfinishedFiles } from '../files/unfinished.js';
import type { AppOptions } from '../options.js';
import type { Shares } from '../shares/shares.js';
import type { Job } from './jobs.js';
import { removeOrphans } from './orphans.js';
import { removeUnfinished } from './unfinished.js';

export interface Workers {
  readonly db: Kysely<Schema>;
  readonly options: AppOptions;
  readonly now: () => Date;
  readonly sessions: Sessions;
  readonly shares: Shares;
  readonly unfinished: UnfinishedFiles;
  readonly removal: FileRemoval;
  /** @returns How many uploads there were. */
  readonly removeExpiredUploads: () => Promise<number>;
}

/** What is done by itself, and when. */
export function scheduledJobs(workers: Workers): Job[] {
  const { db, options, now, sessions, shares, unfinished, removal } = workers;
  return [
    {
      name: 'expired-sessions',
      schedule: '7 * * * *',
      run: async () => `${await sessions.removeExpired()} removed`,
    },
    {
      name: 'expired-shares',
      schedule: '12 * * * *',
      run: async () => `${await shares.removeExpired()} removed`,
    },
    {
      name: 'unfinished-files',
      schedule: '*/10 * * * *',
      run: async (signal) => {
        const { removed, failed } = await removeUnfinished(unfinished, removal, now(), signal);
        return `${removed} removed, ${failed} to be tried again`;
      },
    },
    {
      name: 'expired-uploads',
      schedule: '22 * * * *',
      run: async () => `${await workers.removeExpiredUploads()} removed`,
    },
    {
      name: 'orphans',
      schedule: '30 3 * * *',
      run: async (signal) => `${await removeOrphans(db, options.storage, now(), signal)} removed`,
    },
    {
      name: 'file-metadata',
      schedule: '17 * * * *',
      run: async (signal) => {
        const { filled, missing } = await fillMetadata({ ...options, db, signal });
        return `${filled} filled in, ${missing} without a file`;
      },
    },
    {
      name: 'downloads',
      schedule: '*/5 * * * *',
      run: async () => `${await addUpDownloads(db)} added up`,
    },
  ];
}
