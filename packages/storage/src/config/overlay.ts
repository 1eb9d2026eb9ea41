import { type Mistake, mistakeAt } from './mistake.js';
import { nearest } from './nearest.js';
import type { Entry, MapNode, Node } from './node.js';

/** What tells a kind of thing from others: two of different kinds have nothing to do with each other. */
const KINDS = ['provider', 'type'] as const;

/**
 * Lays a value over another one. Maps are merged, setting by setting; but one that names another provider, or type, replaces what is
 * below it. All else, lists included, replaces.
 */
export function laidOver(base: Node, over: Node): Node {
  if (base.kind !== 'map' || over.kind !== 'map' || isOfAnotherKind(base, over)) return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const below = base.entries.get(key);
    const node = below === undefined ? entry.node : laidOver(below.node, entry.node);
    entries.set(key, { place: entry.place, node });
  }
  return { ...base, entries };
}

function isOfAnotherKind(base: MapNode, over: MapNode): boolean {
  return KINDS.some((key) => {
    const [below, above] = [scalarAt(base, key), scalarAt(over, key)];
    return above !== undefined && above !== below;
  });
}

function scalarAt({ entries }: MapNode, key: string): unknown {
  const node = entries.get(key)?.node;
  return node?.kind === 'scalar' ? node.value : undefined;
}

/** Storages that lie over nothing, and have no provider: a name was misspelt. */
export function strayStorages(base: Node, over: Node): readonly Mistake[] {
  const [below, above] = [storagesOf(base), storagesOf(over)];
  return [...above].flatMap(([name, { place, node }]) => {
    if (below.has(name) || node.kind !== 'map' || node.entries.has('provider')) return [];
    const names = [...below.keys()];
    const message = 'lies over no storage of that name, and has no provider of its own';
    const meant = nearest(name, names);
    return [
      mistakeAt(place, ['storages', name], {
        message,
        allowed: names,
        ...(meant === undefined ? {} : { nearest: meant }),
      }),
    ];
  });
}

function storagesOf(node: Node): ReadonlyMap<string, Entry> {
  const storages = node.kind === 'map' ? node.entries.get('storages')?.node : undefined;
  return storages?.kind === 'map' ? storages.entries : new Map();
}
