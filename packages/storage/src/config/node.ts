/** Where something stands. */
export interface Place {
  readonly file: string;
  /** From 1; not known of a module's value. */
  readonly line?: number;
  readonly column?: number;
}

/** A value that knows where it stands. */
export type Node = ScalarNode | MapNode | ListNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: unknown;
  readonly place: Place;
  /** Of the environment, that the value was made with. */
  readonly variables?: readonly string[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly place: Place;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly place: Place;
}

export interface Entry {
  /** Of the key. */
  readonly place: Place;
  readonly node: Node;
}

export type Path = readonly PropertyKey[];

/** The value alone, all of it new but for what is no plain object, such as a function. */
export function plain(node: Node): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.node)]));
}

/** A value that was made in code, or by a module. */
export function nodeOf(value: unknown, place: Place, within: readonly unknown[] = []): Node {
  if (within.includes(value)) return { kind: 'scalar', value: undefined, place };
  const inside = [...within, value];
  if (Array.isArray(value))
    return { kind: 'list', items: value.map((item) => nodeOf(item, place, inside)), place };
  if (!isPlain(value)) return { kind: 'scalar', value, place };
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => [key, { place, node: nodeOf(inner, place, inside) }] as const);
  return { kind: 'map', entries: new Map(entries), place };
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  // Of another realm, as modules that a test runner or a loader evaluates have them.
  return Object.getPrototypeOf(prototype) === null && String(value) === '[object Object]';
}

/** What stands at a path; `undefined` if nothing does. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) node = node === undefined ? undefined : child(node, step);
  return node;
}

/** Where a path leads: to its key, its item, or the innermost thing around it that is there. */
export function placeOf(root: Node, path: Path): Place {
  let [node, place] = [root, root.place];
  for (const step of path) {
    const next = child(node, step);
    if (next === undefined) break;
    place = (node.kind === 'map' ? node.entries.get(String(step))?.place : undefined) ?? next.place;
    node = next;
  }
  return place;
}

/** Where the value at a path stands, else what is around it. */
export function placeOfValue(root: Node, path: Path): Place {
  const node = nodeAt(root, path);
  return node?.kind === 'scalar' ? node.place : placeOf(root, path);
}

function child(node: Node, step: PropertyKey): Node | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))?.node;
  return node.kind === 'list' ? node.items[Number(step)] : undefined;
}

/** Such as `storages.uploads.urls.keys[0].secret`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(String(step))) text += `${text === '' ? '' : '.'}${String(step)}`;
    else text += `[${JSON.stringify(String(step))}]`;
  }
  return text;
}
