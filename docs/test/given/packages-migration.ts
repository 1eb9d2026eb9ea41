import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { openSqliteJournal, sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';

export { requireStages } from '@org/storage-hybrid';
export { migrate, retireFiles, verify } from '@org/storage-migration';
export { Pool } from 'pg';

export const root = '/srv/given/files';
export const bucket = 'given';
export const source = new LocalStorageProvider({ root });
export const target = new S3StorageProvider({ bucket, region: 'eu-central-1' });
export const endpoints = { source: root, target: `s3://${bucket}` };
export const journal = await openSqliteJournal({ file: 'given.sqlite', endpoints });

export const registry = sqliteFleetRegistry('/var/lib/app/fleet.sqlite');
const member = new FleetMember({ registry, heartbeat: 250 });
const application = new HybridStorageProvider({
  source,
  target,
  mode: 'hybrid',
  neighbours: member,
});
await application.exists('a.txt');
