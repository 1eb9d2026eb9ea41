import type { StorageProvider } from '@org/storage-core';
import type { RaceTask } from './race.js';
import { runRacer } from './racer.js';
import type { FromRacer, ToRacer } from './racer-messages.js';

/**
 * What a process does that `raceInProcesses` has started: opens the store, races, closes it and ends. To be called by the module
 * that is named there. The process ends with the one that has started it, however that ends.
 * @param open makes a provider over the store that the settings name.
 * @throws Error in a process that was started in another way.
 */
export function joinRace<Settings>(
  open: (settings: Settings) => StorageProvider | Promise<StorageProvider>,
): void {
  if (process.send === undefined)
    throw new Error('joinRace is for processes that raceInProcesses has started');
  process.once('disconnect', () => process.exit());
  if (!process.connected) process.exit(); // while this module was loaded

  const answer = (message: FromRacer) => process.send?.(message);
  const failed = (error: unknown) => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    answer({ type: 'failed', message });
  };
  let provider: StorageProvider | undefined;

  const opened = async (settings: Settings) => {
    provider = await open(settings);
    answer({ type: 'ready' });
  };
  const raced = async (task: RaceTask) => {
    if (provider === undefined) throw new Error('a race without a store');
    const changes = await runRacer(provider, task);
    await provider.close();
    answer({ type: 'done', changes });
  };
  process.on('message', (message: ToRacer<Settings>) => {
    const run = message.type === 'open' ? opened(message.settings) : raced(message.task);
    run.catch(failed);
  });
}
