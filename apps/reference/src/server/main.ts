import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Users } from './accounts/users.js';
import { buildApp } from './app.js';
import { openDatabase } from './database/database.js';
import { migrateSchema } from './database/migrations.js';
import { openMigration } from './migration/open.js';
import { readSettings, type Settings } from './settings.js';
import { startError } from './start-error.js';
import { openStorages } from './storages.js';

/** The application for itself: `node dist/server.js`, set up by its environment and by config/storage.yml. */
async function start(): Promise<void> {
  const settings = readSettings(process.env);
  const { host, port, logLevel, webRoot = builtPages(), ...options } = settings;
  const logger = { level: logLevel };
  /** What is open, in the order in which it is closed. */
  const open: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of open.splice(0)) await close();
  };
  try {
    await createAdmin(settings);
    const { close, spool, ...storages } = await openStorages(settings.storage);
    open.unshift(close);
    const database = openDatabase(settings.database);
    open.unshift(() => database.close());
    const opened = await openMigration(database, { name: settings.storage, spool });
    if (opened !== undefined) open.unshift(() => opened.close());
    const migration = opened?.migration;
    const app = await buildApp({ ...options, ...storages, migration, logger, webRoot });
    open.unshift(() => app.close());
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        closeAll().then(
          () => process.exit(0),
          () => process.exit(1),
        );
      });
    await app.listen({ host, port });
  } catch (error) {
    await closeAll().catch(() => {}); // why it did not start counts
    throw error;
  }
}

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

try {
  await start();
} catch (error) {
  process.stderr.write(`the application could not be started: ${startError(error)}\n`);
  process.exit(1); // also where a library has left something open
}
