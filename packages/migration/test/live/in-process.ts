import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from '../fixtures.js';
import { Dice } from './dice.js';
import { type LiveReport, liveMigration } from './live-migration.js';
import { RestartableServer } from './live-server.js';
import type { Modules } from './modules.js';
import type { Places } from './stores.js';

/** A live migration to a strict S3 server, or back from it, that has bad days, and is killed and started again. */
export async function liveMigrationInProcesses(options: {
  readonly modules: Modules;
  readonly seed: number;
  readonly number: number;
  readonly rounds: number;
  readonly direction?: Places['direction'];
}): Promise<LiveReport> {
  const { modules, seed, number } = options;
  const directory = await temporaryDirectory();
  const dice = new Dice(seed, number, 1);
  const server = await RestartableServer.start(modules.server, join(directory, 's3'), dice);
  onTestFinished(() => server.end());
  try {
    return await liveMigration({ ...options, server, directory });
  } finally {
    await server.end();
  }
}
