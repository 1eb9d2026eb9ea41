import { type FleetLease, statIfThere } from '@org/storage-hybrid';
import type { Scenario, SimulatedProcess } from '@org/storage-testkit/simulator';
import { migrate } from '../../../src/backfill/migrate.js';
import { gate } from '../../../src/gate/gate.js';
import { retire } from '../../../src/retire/retire.js';
import { bringBack, takeBack } from '../../../src/retire/revert.js';
import { sweep } from '../../../src/retire/sweep.js';
import { type Call, makeCalls, read, write } from '../clients.js';
import { copyListed } from '../copy-listed.js';
import { SimulatedFleet } from '../simulated-fleet.js';
import { World } from '../world.js';

/** The known ways to lose a file or to bring one back that are about who else is at work. */
export const fleetTraces = {
  '24 an old-mode process writes after the scan'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    const fleet = new SimulatedFleet();
    oldProcess(world, fleet, [write('v2')]);
    world.background('M', async (process) => {
      const lease = await fleet.lease(process);
      await migrateWith(lease, world, process);
      await lease.release();
    });
    return () => world.checkHistory();
  },
  '25 early cutover'(simulation) {
    const world = new World(simulation, {
      source: { k: 'v1' },
      targetOptions: { faults: { refused: 1 } },
    });
    const fleet = new SimulatedFleet();
    let cutOver = false;
    oldProcess(world, fleet, [write('v2')]);
    world.background('M', async (process) => {
      const lease = await fleet.lease(process);
      await migrateWith(lease, world, process);
      const { source, target } = clients(world, process);
      const copied = world.source.files.get('k')?.metadata.etag;
      if (copied !== undefined) await retire('k', { source, target, copied });
      const journal = world.journal.client(process);
      const registry = fleet.registryOf(process);
      const { open } = await gate({ ...{ journal, registry, source, lease }, quiet: 0 });
      cutOver = open;
    });
    const process = simulation.process('T');
    const neighbours = fleet.member(process);
    world.application('T', () => (cutOver ? 'target' : 'hybrid'), [read(), read()], { neighbours });
    return () => world.checkHistory(cutOver ? 'target' : 'hybrid');
  },
  '27 both directions at once'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' }, target: { k: 'v1' } });
    const fleet = new SimulatedFleet();
    const targetEtag = world.target.files.get('k')?.metadata.etag;
    if (targetEtag === undefined) throw new Error('k is not in the target');
    world.background('F', async (process) => {
      const lease = await fleet.lease(process);
      const copied = await copyWith(lease, world, process);
      const { source, target } = clients(world, process);
      if (copied !== undefined) await retire('k', { source, target, copied });
      await lease.release();
    });
    world.background('X', async (process) => {
      const lease = await fleet.lease(process, {
        stage: 'prepare',
        allowed: ['source', 'prepare'],
      });
      const options = clients(world, process);
      if (await bringBack('k', { targetEtag }, options))
        await takeBack('k', { targetEtag }, options);
      await lease.release();
    });
    return () => {
      const left = [world.source, world.target].some(({ files }) => files.has('k'));
      if (!left) throw new Error('k is nowhere');
    };
  },
  '28 a lease that expires while its holder is paused (fencing token)'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' }, tombstones: ['k'] });
    const fleet = new SimulatedFleet();
    let first: FleetLease | undefined;
    /** Requests that were sent under the lease: none takes as long as the margin. */
    const commits = new Set<Promise<void>>();
    world.background('M', async (process) => {
      first = await fleet.lease(process);
      await copyWith(first, world, process, commits);
    });
    world.background('S', async (process) => {
      const { token } = await fleet.lease(process, { waitsFor: () => Promise.all(commits) });
      if (first !== undefined && first.token >= token)
        throw new Error('a later lease has no greater token');
      const { source, target } = clients(world, process);
      const copied = world.source.files.get('k')?.metadata.etag;
      if (copied !== undefined) await retire('k', { source, target, copied });
      await sweep('k', target);
    });
    return () => {
      if (world.targetContent('k') !== undefined) throw new Error('a deleted file came back');
    };
  },
} satisfies Readonly<Record<string, Scenario>>;

/** A process that is one step behind, and leaves. */
function oldProcess(world: World, fleet: SimulatedFleet, calls: readonly Call[]): void {
  world.background('P', async (process) => {
    const storage = world.storage(process, 'prepare', { neighbours: fleet.member(process) });
    await makeCalls(process, storage, world.history, calls, new Set());
    await storage.close();
  });
}

function clients(world: World, process: SimulatedProcess) {
  return { source: world.source.client(process), target: world.target.client(process) };
}

function migrateWith(lease: FleetLease, world: World, process: SimulatedProcess) {
  return migrate({
    ...clients(world, process),
    journal: world.journal.client(process),
    ...{ live: lease, knownFiles: true, retry: { attempts: 1 } },
  });
}

/** @returns the ETag of what was copied; `undefined` if there was nothing. */
async function copyWith(
  lease: FleetLease,
  world: World,
  process: SimulatedProcess,
  commits: Set<Promise<void>> = new Set(),
) {
  const { source, target } = clients(world, process);
  const listed = await statIfThere(source, 'k', undefined);
  if (listed === undefined) return undefined;
  let ended = () => {};
  const mayCommit = () =>
    process.step('looks at its lease', () => {
      lease.check();
      commits.add(
        new Promise((resolve) => {
          ended = resolve;
        }),
      );
    });
  await copyListed(listed, { source, target, mayCommit }).finally(() => ended());
  return listed.etag;
}
