import { isDeepStrictEqual } from 'node:util';
import type { Mode } from '@org/storage-hybrid';
import {
  type HybridConfiguration,
  isCustom,
  type LayersConfiguration,
  type SideConfiguration,
  type StorageConfiguration,
} from '../config/types/configuration.js';

/** Limits that can change while a provider is at work. */
export type Limits = Pick<LayersConfiguration, 'readOnly' | 'concurrencyLimit' | 'bandwidthLimit'>;

/** What of a storage can change while it is at work. */
export interface Changeable {
  readonly layers: Limits;
  /** Of a hybrid storage. */
  readonly hybrid?: {
    readonly mode: Mode;
    readonly handedOver: boolean;
    readonly source: Limits;
    readonly target: Limits;
  };
}

export function changeableOf(configuration: StorageConfiguration): Changeable {
  const layers = limitsOf(configuration);
  if (!isHybrid(configuration)) return { layers };
  const { mode, handedOver = false, source, target } = configuration;
  return {
    layers,
    hybrid: { mode, handedOver, source: limitsOf(source), target: limitsOf(target) },
  };
}

export function isHybrid(
  configuration: StorageConfiguration,
): configuration is HybridConfiguration {
  return !isCustom(configuration) && configuration.provider === 'hybrid';
}

function limitsOf({ layers = {} }: StorageConfiguration | SideConfiguration): Limits {
  const { readOnly = false, concurrencyLimit, bandwidthLimit } = layers;
  return { readOnly, concurrencyLimit, bandwidthLimit };
}

const CHANGEABLE =
  /^(mode|handedOver|((source|target)\.)?layers\.(readOnly|concurrencyLimit|bandwidthLimit)(\..+)?)$/;

/** What a running application has nothing to do with. */
const FOREIGN = /^(migration|((source|target)\.)?provision)(\..+)?$/;

export interface Changes {
  /** Paths in the storage: what can change while it is at work. */
  readonly now: readonly string[];
  /** The others. */
  readonly later: readonly string[];
}

/** What a storage’s configuration has otherwise than before. */
export function changesBetween(before: StorageConfiguration, after: StorageConfiguration): Changes {
  const changed = differences(before, after).filter((path) => !FOREIGN.test(path));
  return {
    now: changed.filter((path) => CHANGEABLE.test(path)),
    later: changed.filter((path) => !CHANGEABLE.test(path)),
  };
}

/** Paths of the smallest parts that differ; those of a map that came or went, too. */
function differences(before: unknown, after: unknown, path = ''): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (before === undefined && isMap(after)) return differences({}, after, path);
  if (after === undefined && isMap(before)) return differences(before, {}, path);
  if (!isMap(before) || !isMap(after)) return [path];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) =>
    differences(before[name], after[name], path === '' ? name : `${path}.${name}`),
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
