import { expect, it } from 'vitest';
import { onServer } from '../../../cli/test/ceph.js';
import { describeOnCeph } from '../../../testkit/test/ceph/provided.js';
import { liveMigration } from './live-migration.js';
import type { LiveServer } from './live-server.js';
import { builtModules } from './modules.js';
import { chosenSeed } from './seed.js';

const modules = builtModules();

describeOnCeph('an application that works', (server) => {
  it('moves to Ceph, and its clients notice nothing', async () => {
    const seed = chosenSeed();
    const { bucket, home, openUploads } = await onServer(server);
    const { endpoint, region, credentials } = server;
    const live: LiveServer = {
      place: { server: 'ceph', endpoint, region, credentials, bucket },
      ordersWrites: false,
      async calm() {},
      async openUploads() {
        return (await openUploads()).filter((key) => key !== undefined);
      },
    };
    const report = await liveMigration({
      ...{ modules: modules(), server: live, directory: home, seed, number: 1, rounds: 30 },
    });
    console.log(JSON.stringify(report));
    expect(report.migratorKills).toBeGreaterThan(0);
  }, 900_000);
});
