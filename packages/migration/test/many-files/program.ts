import { MemoryStorageProvider, type StorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { migrate, openSqliteJournal } from '../../src/index.js';

/** Takes all that is given to it, and keeps nothing: what the memory holds is the migration's. */
class Sink extends MemoryStorageProvider {
  override async upload(...args: Parameters<StorageProvider['upload']>) {
    const stored = await super.upload(...args);
    await this.delete(stored.key);
    return stored;
  }
}

const [, , root = '', file = ''] = process.argv;
await using source = new LocalStorageProvider({ root });
const journal = await openSqliteJournal({ file, endpoints: { source: root, target: 'sink' } });
const { outcome, files } = await migrate({ source, target: new Sink(), journal });
const [run] = await journal.runs(1);
const samples = await journal.samples(run?.id ?? '', 1);
await journal.close();
const { user, system } = process.cpuUsage();
const told = {
  outcome,
  files,
  settled: samples[0]?.files,
  /** MiB */
  resident: Math.round(process.resourceUsage().maxRSS / 1024),
  /** seconds */
  cpu: Math.round((user + system) / 1e6),
};
process.stdout.write(JSON.stringify(told));
