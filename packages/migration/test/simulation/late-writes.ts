import { statIfThere } from '@org/storage-hybrid';
import type { Scenario } from '@org/storage-testkit/simulator';
import { type Call, makeCalls, read } from './clients.js';
import { copyListed } from './copy-listed.js';
import { onTheWayBack } from './roles.js';
import { World } from './world.js';

/**
 * A bucket as the source may carry out a write whose sender has given up, when all processes are beyond the hand-over. If the
 * copying has begun by then, that is seen for a moment, and then hidden by the copy of what was there before.
 * @param waits Whether the copying begins when no such request can be under way any more.
 */
export function lateWrite(call: Call, waits: boolean): Scenario {
  return onTheWayBack((simulation) => {
    const world = new World(simulation, {
      source: { k: 'v1' },
      guardsSource: false,
      targetOptions: { faults: { delayed: 1 } },
    });
    const handedOver = false;
    let beyond = false;
    const writer = simulation.process('P');
    writer.spawn(call.does, async () => {
      const storage = world.storage(writer, 'prepare', { handedOver });
      await makeCalls(writer, storage, world.history, [call], new Set());
      beyond = true;
    });
    world.application('R', 'hybrid', [read(), read()], { handedOver });
    world.background('B', async (process) => {
      while (!beyond) await process.step('waits for the hand-over', () => {});
      if (waits) await world.lateRequests(process);
      const [source, target] = [world.source.client(process), world.target.client(process)];
      const listed = await statIfThere(source, 'k', undefined);
      if (listed !== undefined) await copyListed(listed, { source, target });
    });
    return () => world.checkHistory();
  });
}
