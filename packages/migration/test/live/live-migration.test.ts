import { expect, it } from 'vitest';
import { liveMigrationInProcesses } from './in-process.js';
import { builtModules } from './modules.js';
import { chosenSeed } from './seed.js';

const modules = builtModules();

it('an application moves to a bucket while it works, and its clients notice nothing', async () => {
  const seed = chosenSeed();
  const options = { modules: modules(), seed, number: 1, rounds: 10 };
  const report = await liveMigrationInProcesses(options);
  console.log(JSON.stringify(report));
  expect(report.migratorKills).toBeGreaterThan(0);
}, 900_000);

it('an application moves back to a directory while it works, and its clients notice nothing', async () => {
  const seed = chosenSeed();
  const options = { modules: modules(), seed, number: 2, rounds: 10 };
  const report = await liveMigrationInProcesses({ ...options, direction: 'back' });
  console.log(JSON.stringify(report));
  expect(report.migratorKills).toBeGreaterThan(0);
}, 900_000);
