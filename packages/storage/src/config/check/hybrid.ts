import type { Path } from '../node.js';
import type { HybridConfiguration } from '../types/configuration.js';
import type { CheckContext, CrossFinding } from './finding.js';
import { isAmong, overlap } from './place.js';

/** What does not go together in a storage that is made of two. */
export function* checkHybrid(
  { source, target, fleet, handedOver, spool, migration }: HybridConfiguration,
  path: Path,
  { environment }: CheckContext,
): Generator<CrossFinding> {
  const at = (names: readonly string[], message: string) => ({
    path: [...path, ...names],
    message,
  });
  if (overlap(source, target))
    yield at(['target'], 'has the same files as the source, or some of them; they are two places');
  if (fleet !== undefined && handedOver !== undefined)
    yield at(['handedOver'], 'is set, and so is fleet, which finds that out by itself');
  if (fleet !== undefined && [source, target].some((side) => isAmong(fleet.registry, side))) {
    const message = 'lies among the files of the storage, which lists it as files';
    yield { ...at(['fleet', 'registry'], message), isWarning: fleet.registry.startsWith('s3:') };
  }
  if (migration?.journal !== undefined && isAmong(migration.journal, source))
    yield at(['migration', 'journal'], 'lies among the files of the source; put it somewhere else');
  if (spool !== undefined) {
    const { store } = spool;
    if (overlap(store, source) || overlap(store, target))
      yield at(
        ['spool', 'store'],
        'lies among the files of the storage; give it a directory of its own',
      );
    if (store.provider === 'local' && store.durability === 'relaxed')
      yield at(
        ['spool', 'store', 'durability'],
        'is relaxed, but what waits in a spool is nowhere else',
      );
  }
  if (environment !== 'production') return;
  if (fleet === undefined && handedOver === undefined)
    yield {
      ...at([], 'has no fleet: several processes would not know of each other'),
      isWarning: true,
    };
  if (fleet?.registry === 'memory:')
    yield {
      ...at(['fleet', 'registry'], 'is memory:, which no other process sees'),
      isWarning: true,
    };
}
