import { nearest } from '../nearest.js';
import type { Path } from '../node.js';
import {
  type Configuration,
  isCustom,
  type SideConfiguration,
  type StorageConfiguration,
} from '../types/configuration.js';
import type { CheckContext, CrossFinding } from './finding.js';
import { checkHybrid } from './hybrid.js';
import { overlap } from './place.js';
import { checkS3 } from './s3.js';

/** What is wrong with settings that are right one by one. */
export function* checkTogether(
  configuration: Configuration,
  context: CheckContext,
): Generator<CrossFinding> {
  const storages = Object.entries(configuration.storages);
  const names = storages.map(([name]) => name);
  const { default: chosen } = configuration;
  if (names.length === 0) yield { path: ['storages'], message: 'has no storage' };
  else if (chosen !== undefined && !names.includes(chosen)) {
    const meant = nearest(chosen, names);
    yield {
      path: ['default'],
      message: 'names no storage that there is',
      allowed: names,
      ...(meant === undefined ? {} : { nearest: meant }),
    };
  }
  for (const [name, storage] of storages) yield* checkStorage(storage, ['storages', name], context);
  yield* checkApart(storages);
}

function* checkStorage(
  storage: StorageConfiguration,
  path: Path,
  context: CheckContext,
): Generator<CrossFinding> {
  if (isCustom(storage)) return;
  if (storage.provider === 's3') yield* checkS3(storage, path);
  if (storage.provider !== 'hybrid') return;
  yield* checkStorage(storage.source, [...path, 'source'], context);
  yield* checkStorage(storage.target, [...path, 'target'], context);
  yield* checkHybrid(storage, path, context);
}

/** Two storages over the same files can be meant, such as one that only reads. */
function* checkApart(
  storages: readonly (readonly [string, StorageConfiguration])[],
): Generator<CrossFinding> {
  for (const [index, [name, storage]] of storages.entries()) {
    const same = storages
      .slice(0, index)
      .find(([, other]) => sidesOf(other).some((a) => sidesOf(storage).some((b) => overlap(a, b))));
    if (same === undefined) continue;
    const message = `has files that the storage ${same[0]} has as well`;
    yield { path: ['storages', name], message, isWarning: true };
  }
}

function sidesOf(storage: StorageConfiguration): readonly SideConfiguration[] {
  if (isCustom(storage)) return [storage];
  return storage.provider === 'hybrid' ? [storage.source, storage.target] : [storage];
}
