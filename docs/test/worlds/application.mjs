// An application on its way from a directory to a bucket, as the live migration's guide has it: in the mode that its fleet's registry
// wants. Arguments: the directory, the bucket, its prefix, the registry's file.
import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';

const [root, bucket, prefix, file] = process.argv.slice(2);
const member = new FleetMember({ registry: sqliteFleetRegistry(file), heartbeat: 250 });
const storage = new HybridStorageProvider({
  source: new LocalStorageProvider({ root }),
  target: new S3StorageProvider({ bucket, ...(prefix ? { prefix } : {}) }),
  mode: member.wanted('source'),
  neighbours: member,
});
await storage.exists('a.txt'); // from here on, the fleet knows of it
setInterval(() => {}, 60_000);
process.send('ready');
