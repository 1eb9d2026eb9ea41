import { StorageError } from '@org/storage-core';
import type { DiskJournals } from '../journal/disk-journals.js';
import type { Journal } from '../journal/journal.js';
import { counted } from '../report/format.js';

/**
 * Refuses to take copies back that came from a disk which only one host sees, where that would be felt on another host: what it has
 * read would be gone, or its own file, which was taken for the same.
 * @throws StorageError `Unsupported`.
 */
export async function requireNoOtherHost(
  { endpoints }: Journal,
  stopped: boolean,
  disks: DiskJournals | undefined,
): Promise<void> {
  const { disk } = endpoints;
  if (disk === undefined) return;
  const refuse = (why: string, advice: string) =>
    new StorageError('Unsupported', `${why}. ${advice}`);
  const leave = 'leave the copies: they are no harm';
  if (!stopped) {
    throw refuse(
      `what was copied from the disk ${disk.name} is read by all hosts, and would be gone for the others`,
      `Stop the application for as long as the reversion takes, or ${leave}`,
    );
  }
  if (disks === undefined)
    throw refuse(
      `whether other disks go by the copies of ${disk.name} can’t be seen`,
      `So ${leave}`,
    );
  for (const { disk: other } of await disks.list()) {
    if (other.name === disk.name) continue;
    const journal = await disks.open(other.name);
    try {
      const { present } = await journal.totals();
      if (present.files === 0) continue;
      throw refuse(
        `${counted(present.files, 'file')} of the disk ${other.name} ${present.files === 1 ? 'was' : 'were'} in the target already, and may go by these copies`,
        `So ${leave}`,
      );
    } finally {
      await journal.close();
    }
  }
}
