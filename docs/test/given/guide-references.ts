import { FleetMember, HybridStorageProvider, requireStages } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { openSqliteJournal, sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';

export {
  checkReferences,
  migrate,
  postgresReferences,
  referenceUpdates,
} from '@org/storage-migration';

const root = '/srv/given/files';
export const source = new LocalStorageProvider({ root });
export const target = new S3StorageProvider({ bucket: 'given' });
export const journal = await openSqliteJournal({
  file: 'given.sqlite',
  endpoints: { source: root, target: 's3://given' },
});

const registry = sqliteFleetRegistry('/var/lib/given/fleet.sqlite');
const member = new FleetMember({ registry, heartbeat: 250 });
const application = new HybridStorageProvider({
  source,
  target,
  mode: 'hybrid',
  neighbours: member,
});
await application.exists('a.txt');
export const lease = await requireStages({ registry, allowed: ['settled'] });
