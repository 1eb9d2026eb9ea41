import {
  compareKeys,
  isStorageError,
  type Key,
  type ListedFile,
  type StorageProvider,
  throwIfAborted,
} from '@org/storage-core';
import { look, statIfThere, TOMBSTONE_SIZE } from '@org/storage-hybrid';
import { type RetryOptions, retry } from '../retry.js';
import { sharedSignal } from '../shared-signal.js';
import { forEach } from '../worker-pool.js';
import { OrderedStream } from './ordered-stream.js';
import type { Reference, ReferenceStore } from './reference-store.js';
import type { StoreNames } from './update-references.js';

/**
 * What is wrong with a key.
 *
 * | kind | meaning |
 * | --- | --- |
 * | `missing-file` | rows name it, and neither store has it |
 * | `missing-row` | a store has it, and no row names it |
 * | `wrong-provider` | a row names another provider than the one that has the say over it |
 * | `wrong-size` | a row tells another size than the file has |
 * | `invalid-key` | what a row names can't be a key |
 * | `unchecked` | a store or the database gave no answer |
 */
export type ReferenceFindingKind = (typeof FINDING_KINDS)[number];

const FINDING_KINDS = [
  'missing-file',
  'missing-row',
  'wrong-provider',
  'wrong-size',
  'invalid-key',
  'unchecked',
] as const;

export interface ReferenceFinding {
  readonly kind: ReferenceFindingKind;
  /** Or, for `invalid-key`, what the table has in its place. */
  readonly key: string;
  /** For people. */
  readonly detail: string;
}

export interface CheckReferencesOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  readonly references: ReferenceStore;
  readonly names?: StoreNames | undefined;
  /** Suspicious keys that are looked at at once. Default 16. */
  readonly concurrency?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly stop?: AbortSignal | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Every finding, in about the order of the keys. */
  readonly onFinding?: ((finding: ReferenceFinding) => void) | undefined;
  /** After every thousand keys: how many so far. */
  readonly onProgress?: ((keys: number) => void) | undefined;
}

export interface ReferenceCheck {
  /** `interrupted` by `stop`. */
  readonly outcome: 'consistent' | 'inconsistent' | 'interrupted';
  /** Keys that rows name. */
  readonly referenced: number;
  /** Keys that a listing shows, tombstones included. */
  readonly listed: number;
  readonly findings: Readonly<Record<ReferenceFindingKind, number>>;
  /** The first of each kind, by key. */
  readonly examples: readonly ReferenceFinding[];
}

/** Where a key is: the target has the say as soon as it holds anything. */
interface Place {
  readonly side: 'source' | 'target';
  /** Bytes. */
  readonly size: number;
}

const PAGE = 1000;
const EXAMPLES = 5;
/** Times that a key is looked at while its rows change. */
const ROUNDS = 3;

/**
 * Compares the application's table with both stores, and changes nothing. Table and listings are walked side by side. What does not fit is looked
 * at once more, key by key, since an application may work meanwhile: a finding is what is so at that moment.
 * @throws StorageError what keeps the table or a store from being read at all.
 */
export async function checkReferences(given: CheckReferencesOptions): Promise<ReferenceCheck> {
  const signal = sharedSignal(given.signal);
  const check = new Check({ ...given, signal });
  await forEach(check.suspects(), given.concurrency ?? 16, (key) => check.examine(key));
  throwIfAborted(signal);
  return check.report();
}

class Check {
  readonly #options: CheckReferencesOptions;
  readonly #names: { readonly source: string; readonly target: string };
  readonly #findings = new Map<ReferenceFindingKind, number>();
  readonly #examples = new Map<ReferenceFindingKind, readonly ReferenceFinding[]>();
  #referenced = 0;
  #listed = 0;

  constructor(options: CheckReferencesOptions) {
    const { source = 'local', target = 's3' } = options.names ?? {};
    this.#options = options;
    this.#names = { source, target };
  }

  report(): ReferenceCheck {
    const findings = Object.fromEntries(
      FINDING_KINDS.map((kind) => [kind, this.#findings.get(kind) ?? 0]),
    ) as Record<ReferenceFindingKind, number>;
    const outcome = this.#options.stop?.aborted
      ? 'interrupted'
      : this.#findings.size > 0
        ? 'inconsistent'
        : 'consistent';
    const [referenced, listed] = [this.#referenced, this.#listed];
    const examples = [...this.#examples.values()].flat();
    return { outcome, referenced, listed, findings, examples };
  }

  /** Keys of which the table and the listings don't agree. */
  async *suspects(): AsyncGenerator<Key, void, undefined> {
    const { source, target, references, stop, signal, onProgress } = this.#options;
    const rows = new OrderedStream(references.place, this.#rows());
    const lower = new OrderedStream(source.name, filesOf(source, signal));
    const upper = new OrderedStream(target.name, filesOf(target, signal));
    try {
      for (let seen = 1; !stop?.aborted; seen++) {
        const heads = [await rows.head(), await lower.head(), await upper.head()];
        const [key] = heads.filter((head) => head !== undefined).sort(compareKeys);
        if (key === undefined) return;
        const reference = await rows.take(key);
        const [below, above] = [await lower.take(key), await upper.take(key)];
        if (reference !== undefined) this.#referenced++;
        if (below !== undefined || above !== undefined) this.#listed++;
        if (!this.#fits(reference, below, above)) yield key;
        if (seen % PAGE === 0) onProgress?.(seen);
      }
    } finally {
      await Promise.all([rows.close(), lower.close(), upper.close()]);
    }
  }

  /** Looks at a key once more, where it is now, and what the table says now. */
  async examine(key: Key): Promise<void> {
    const { signal } = this.#options;
    try {
      const findings = await retry(
        () => this.#examine(key),
        this.#options.retry ?? {},
        signal,
        () => {},
      );
      for (const finding of findings) this.#report(finding);
    } catch (error) {
      if (!isStorageError(error) || signal?.aborted) throw error;
      this.#report({ kind: 'unchecked', key, detail: error.message });
    }
  }

  async #examine(key: Key): Promise<readonly ReferenceFinding[]> {
    const { references } = this.#options;
    let [before] = await references.find([key]);
    for (let round = 1; ; round++) {
      const place = await this.#placeOf(key);
      const [after] = await references.find([key]);
      if (round === ROUNDS || JSON.stringify(before) === JSON.stringify(after))
        return this.#compare(key, after, place);
      before = after;
    }
  }

  /** The target is asked again where the source has nothing: between two looks, the file may have moved. */
  async #placeOf(key: Key): Promise<Place | undefined> {
    const { source, target, signal } = this.#options;
    for (const last of [false, true]) {
      const seen = await look(target, key, signal);
      if (seen.type === 'tombstone') return undefined;
      if (seen.type === 'file') return { side: 'target', size: seen.file.size };
      const file = last ? undefined : await statIfThere(source, key, signal);
      if (file !== undefined) return { side: 'source', size: file.size };
    }
    return undefined;
  }

  #fits(reference?: Reference, below?: ListedFile, above?: ListedFile): boolean {
    if (above?.size === TOMBSTONE_SIZE) return false; // may be one: a listing does not tell
    const side = above === undefined ? 'source' : 'target';
    const file = above ?? below;
    if (file === undefined || reference === undefined) return false;
    return this.#compare(file.key, reference, { side, size: file.size }).length === 0;
  }

  #compare(key: Key, reference: Reference | undefined, place: Place | undefined) {
    const found: ReferenceFinding[] = [];
    const find = (kind: ReferenceFindingKind, detail: string) => found.push({ kind, key, detail });
    if (reference === undefined) {
      if (place !== undefined) find('missing-row', `the ${place.side} has it, no row names it`);
      return found;
    }
    if (place === undefined) {
      find('missing-file', `${reference.rows} row(s) name it, neither store has it`);
      return found;
    }
    const { side, size } = place;
    const wrong = reference.providers
      .filter((provider) => provider !== this.#names[side])
      .map((provider) => provider ?? 'none');
    const others = reference.sizes.filter((told) => told !== size);
    if (wrong.length > 0)
      find('wrong-provider', `it is in the ${side}, a row names ${wrong.join(' and ')}`);
    if (others.length > 0)
      find(
        'wrong-size',
        `it has ${size} bytes in the ${side}, a row tells ${others.join(' and ')}`,
      );
    return found;
  }

  #report(finding: ReferenceFinding): void {
    const { kind } = finding;
    this.#findings.set(kind, (this.#findings.get(kind) ?? 0) + 1);
    const examples = [...(this.#examples.get(kind) ?? []), finding];
    examples.sort((a, b) => compareKeys(a.key, b.key));
    this.#examples.set(kind, examples.slice(0, EXAMPLES));
    this.#options.onFinding?.(finding);
  }

  /** All that the table says, a page at a time. */
  async *#rows(): AsyncGenerator<Reference & { readonly key: Key }, void, undefined> {
    const { references, signal } = this.#options;
    let after: string | undefined;
    for (;;) {
      const options = { limit: PAGE, ...(after === undefined ? {} : { after }) };
      const page = await retry(
        () => references.page(options),
        this.#options.retry ?? {},
        signal,
        () => {},
      );
      for (const { key, ...reference } of page) {
        after = reference.value;
        if (key !== undefined) yield { ...reference, key };
        else this.#report({ kind: 'invalid-key', key: after, detail: 'it can’t be a key' });
      }
      if (page.length < PAGE) return;
    }
  }
}

async function* filesOf(
  provider: StorageProvider,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedFile, void, undefined> {
  for await (const entry of provider.list({ signal })) if (entry.type === 'file') yield entry;
}
