import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { openSqliteJournal, sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';

export { FleetMember, HybridStorageProvider, requireStages, spooled } from '@org/storage-hybrid';
export { circuitBreaker, layered, timeout } from '@org/storage-layers';
export { LocalStorageProvider } from '@org/storage-local';
export { migrate, sqliteFleetRegistry } from '@org/storage-migration';
export { S3StorageProvider } from '@org/storage-s3';

const root = '/srv/given/files';
export const source = new LocalStorageProvider({ root });
export const target = new S3StorageProvider({ bucket: 'given' });
export { target as s3 };
export const journal = await openSqliteJournal({
  file: 'given.sqlite',
  endpoints: { source: root, target: 's3://given' },
});

/** A fleet of one, beyond the hand-over. */
export const registry = sqliteFleetRegistry('/var/lib/given/fleet.sqlite');
export const member = new FleetMember({ registry, heartbeat: 250 });
const application = new HybridStorageProvider({
  source,
  target,
  mode: 'hybrid',
  neighbours: member,
});
await application.exists('a.txt');
