import { expect, it } from 'vitest';
import { describeOnCeph } from '../../../testkit/test/ceph/provided.js';
import { builtModules } from './modules.js';
import { cephOfOnesOwn, liveMigrationToCeph } from './on-ceph.js';
import { chosenSeed } from './seed.js';

const modules = builtModules();

describeOnCeph('an application that works', (provided) => {
  it('moves to Ceph, and its clients notice nothing', async () => {
    const server = await cephOfOnesOwn(provided);
    const options = { modules: modules(), seed: chosenSeed(), number: 1, rounds: 10 };
    const report = await liveMigrationToCeph(server, options);
    console.log(JSON.stringify(report));
    expect(report.migratorKills).toBeGreaterThan(0);
    if (server.restartGateway !== undefined) expect(report.serverStops).toBeGreaterThan(0);
  }, 900_000);
});
