import type { StorageErrorCode } from '@org/storage-core';
import { UNRESOLVED } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import type { FailureCause } from './journal-report.js';

const EXAMPLES = 3;

/** Why files are unresolved: the commonest causes first. @param limit At most so many; default 50. */
export async function failureCauses(journal: Journal, limit = 50): Promise<FailureCause[]> {
  const groups = await journal.breakdown('error', limit);
  return Promise.all(
    groups.map(async ({ name, files, bytes }) => {
      const code = name as StorageErrorCode;
      const page = await journal.page({ states: UNRESOLVED, error: code, limit: EXAMPLES });
      const examples = page.map(({ key, state, error }) => ({
        key,
        state,
        message: error?.message ?? '',
      }));
      return { code, files, bytes, examples };
    }),
  );
}
