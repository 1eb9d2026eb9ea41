import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Users } from './accounts/users.js';
import { buildApp } from './app.js';
import { openDatabase } from './database/database.js';
import { migrateSchema } from './database/migrations.js';
import { openMigration } from './migration/open.js';
import { readSettings, type Settings } from './settings.js';
import { openStorages } from './storages.js';

/** The application for itself: `node dist/server.js`, set up by its environment and by config/storage.yml. */
const settings = readSettings(process.env);
const { host, port, logLevel, webRoot = builtPages(), ...options } = settings;
const logger = { level: logLevel };
await createAdmin(settings);
const { close, spool, ...storages } = await openStorages(settings.storage);
const database = openDatabase(settings.database);
const opened = await openMigration(database, { name: settings.storage, spool });
const migration = opened?.migration;
const app = await buildApp({ ...options, ...storages, migration, logger, webRoot });
app.addHook('onClose', async () => {
  await opened?.close();
  await database.close();
  await close();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    app.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
await app.listen({ host, port });

/** Where the build has put them. */
function builtPages(): string | undefined {
  const directory = join(import.meta.dirname, 'web');
  return existsSync(join(directory, 'index.html')) ? directory : undefined;
}

/** So that there is somebody to begin with. */
async function createAdmin({ database: url, admin }: Settings): Promise<void> {
  const database = openDatabase(url);
  try {
    await migrateSchema(database);
    const users = new Users(database, () => new Date());
    if (admin !== undefined && !(await users.list()).some(({ role }) => role === 'admin'))
      await users.create({ ...admin, name: 'Administrator', role: 'admin' });
  } finally {
    await database.close();
  }
}
