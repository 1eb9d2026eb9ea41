import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { sqliteJournal } from '../../src/server/migration/journal-place.js';
import { MigrationService } from '../../src/server/migration/service.js';

/** What a process that is going to be killed is told. */
export interface Orders {
  readonly root: string;
  readonly journal: string;
  readonly registry: string;
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const BUCKET = 'lab';
const orders = JSON.parse(process.argv[2] ?? '{}') as Orders;
const { root, endpoint, region, accessKeyId, secretAccessKey } = orders;
const timing = { heartbeat: 40, drain: 2_000 };

const source = () => new LocalStorageProvider({ root });
const target = () =>
  new S3StorageProvider({
    ...{ bucket: BUCKET, server: 'aws', endpoint, region },
    credentials: { accessKeyId, secretAccessKey },
  });

const registry = sqliteFleetRegistry(orders.registry);
const member = new FleetMember({ ...timing, registry });
const storage = new HybridStorageProvider({
  ...{ source: source(), target: target(), neighbours: member },
  mode: member.wanted('source'),
});
await storage.exists('nothing');
const archive = source();
const service = new MigrationService({
  ...{ source: archive, target: target(), registry, timing, archive: archive.trash },
  ...{ bandwidth: 100_000, concurrency: 1 },
  journal: sqliteJournal(orders.journal, { source: root, target: `s3://${BUCKET}` }),
});

/** Until all processes have seen that there is one more, and that the hand-over is complete again. */
for (;;) {
  try {
    await service.start();
    break;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
for (;;) {
  const { progress } = await service.state();
  if ((progress.states['copied']?.files ?? 0) > 0) process.send?.('copied');
  await new Promise((resolve) => setTimeout(resolve, 20));
}
