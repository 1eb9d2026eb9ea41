import type { FleetRegistry } from '@org/storage-hybrid';
import type { Dice } from '../../../migration/test/live/dice.js';
import { now } from '../../../migration/test/live/history-file.js';
import type { Fleet } from './fleet.js';
import type { Trouble } from './judge.js';
import type { Log } from './log.js';
import type { Running } from './operator.js';

interface Scene {
  readonly dice: Dice;
  readonly log: Log;
  readonly fleet: Fleet;
  readonly registries: readonly FleetRegistry[];
  /** Kills the server, and starts it again after some milliseconds. */
  readonly restartServer: (pause: number) => Promise<void>;
}

/** What goes wrong on the way. */
export class Incidents {
  readonly #scene: Scene;
  /** Times in which something was away, or in between. */
  readonly troubles: Trouble[] = [];
  readonly counts = { outages: 0, workerKills: 0 };

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Whether there was any trouble since, or is. */
  any(since: number): boolean {
    return this.troubles.some(({ ended }) => ended >= since);
  }

  /** Does something in which operations may fail with some errors. */
  async during(codes: Trouble['codes'], act: () => Promise<unknown>): Promise<void> {
    const began = now();
    const at = this.troubles.push({ codes, began, ended: Number.POSITIVE_INFINITY }) - 1;
    await act();
    this.troubles[at] = { codes, began, ended: now() };
  }

  readonly stopServer = async (): Promise<void> => {
    const { dice, log, restartServer } = this.#scene;
    const pause = dice.between(500, 3_000);
    this.counts.outages++;
    await this.during(['Unavailable', 'Timeout'], () => restartServer(pause));
    log.line(`the server was away for more than ${pause} ms`);
  };

  readonly replaceProcess = async (): Promise<void> => {
    const { dice, log, fleet } = this.#scene;
    await this.during([], () => fleet.replace(dice.between(0, 2)));
    log.line('a process of the application was killed');
  };

  readonly killWorker = async (run: Running): Promise<void> => {
    await run.killWorker();
    this.counts.workerKills++;
    this.#scene.log.line('a worker was killed');
  };

  /** Who waits for a quarter of an hour, with storage fleet --watch, sees killed commands go. */
  async forgetKilled(): Promise<void> {
    for (const registry of this.#scene.registries)
      for (const { member, version } of await registry.list())
        if (member.role === 'migrator' && !isRunning(member.pid))
          await registry.remove(member.id, version);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
