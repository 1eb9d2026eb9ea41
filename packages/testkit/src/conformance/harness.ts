import type { StorageProvider } from '@org/storage-core';
import type { Race, RaceTask } from '../races/race.js';
import { runRacer } from '../races/racer.js';

/** A store that was made for one case, and a provider over it. */
export interface OpenStore {
  readonly provider: StorageProvider;
  /** Closes the provider and removes the store. Called once, also after the provider itself was closed. */
  close(): Promise<void>;
  /**
   * What unfinished uploads left in the store: staging files, parts. The suite asks after uploads that failed, while the
   * provider is open, and expects nothing.
   */
  leftovers?(): Promise<readonly string[]>;
  /** Another provider over the same store, as another process would have it. The suite closes it. */
  reopen?(): Promise<StorageProvider>;
  /**
   * Races over the store: `raceInProcesses` of `@org/storage-testkit/races`. Without it, those who race are all in this
   * process.
   */
  readonly race?: Race | undefined;
  /** Answers requests to the URLs that the provider signs: the global `fetch`, or one that calls a handler directly. */
  readonly fetch?: typeof fetch;
}

/** What the store can't hold though the contract's rules for keys allow it: to be refused with `InvalidKey`. */
export interface StoreLimits {
  /** Bytes of UTF-8 in one segment of a key. */
  readonly maxSegmentBytes?: number | undefined;
  /** `false` where a file `a` can't be beside a file `a/b`, as on a file system. Default `true`. */
  readonly fileBesideFolder?: boolean | undefined;
  /** Other keys, such as names that a file system reserves. */
  readonly refuses?: ((key: string) => boolean) | undefined;
}

/** A known difference between a store and the contract: it is asserted, not skipped. */
export type Deviation =
  /** The case has to fail with an error whose message matches; one that passes is a deviation that is no longer. */
  | { readonly reason: string; readonly fails: RegExp }
  /** The store does something else, which is asserted in place of the case. */
  | {
      readonly reason: string;
      readonly instead: (context: ConformanceContext) => Promise<void>;
    };

/** What a provider's author supplies to have it tested. */
export interface ConformanceHarness {
  /** Of the provider, for the report. */
  readonly name: string;
  /** Makes an empty store for one case. */
  open(): Promise<OpenStore>;
  /**
   * Makes an empty store that keeps versions, such as a bucket whose versioning is on; the same as `open` where every store
   * does. Without it, versions are only tried in a store that keeps the current ones alone.
   */
  openVersioned?(): Promise<OpenStore>;
  /** Bytes of a file that the provider sends in parts, if it has parts. Default 1 MiB. */
  readonly largeFileBytes?: number | undefined;
  /** Files in the cases about long listings and bulk deletes. Default 1,100: more than a page of S3. */
  readonly manyFiles?: number | undefined;
  /** Milliseconds that a whole case may take. Default 60,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds after which an operation that should have ended is taken to hang. Default 20,000. */
  readonly patience?: number | undefined;
  readonly limits?: StoreLimits | undefined;
  /** By the name of the case. */
  readonly deviations?: Readonly<Record<string, Deviation>> | undefined;
}

/** What a case works with. */
export interface ConformanceContext {
  /** Over a store that was empty when the case began. */
  readonly provider: StorageProvider;
  /** Bytes. */
  readonly largeFileBytes: number;
  readonly manyFiles: number;
  readonly limits: StoreLimits;
  /** Another view of the same store, or `provider` itself where the harness can't give one. */
  secondView(): Promise<StorageProvider>;
  /** Lets many at the store at once: each in a process of its own, if the harness can. */
  race(tasks: readonly RaceTask[]): ReturnType<Race>;
  /** Whether it can. */
  readonly racesInProcesses: boolean;
  /** What unfinished uploads left behind. */
  leftovers(): Promise<readonly string[]>;
  /** Another store, which is empty and keeps versions; `undefined` where the harness can't give one. */
  versionedStore(): Promise<Pick<OpenStore, 'provider' | 'fetch'> | undefined>;
  /** Sends a request to a URL that the provider signed; `undefined` where the harness can't. */
  readonly fetch: typeof fetch | undefined;
  /** Waits for a promise, and fails if it neither resolves nor rejects in the harness's patience. */
  settled<T>(promise: Promise<T>, what: string): Promise<T>;
}

/** One sentence of the contract. It fails by rejecting, and needs no test runner. */
export interface ConformanceCase {
  readonly name: string;
  run(context: ConformanceContext): Promise<void>;
}

const DEFAULT_LARGE_FILE_BYTES = 1024 * 1024;
const DEFAULT_MANY_FILES = 1_100;
const DEFAULT_PATIENCE = 20_000;

/** Runs one case on a store of its own, deviations aside. */
export async function runCase(
  harness: ConformanceHarness,
  run: ConformanceCase['run'],
): Promise<void> {
  const store = await harness.open();
  const views: StorageProvider[] = [];
  const versioned: OpenStore[] = [];
  const over = new AbortController();
  const secondView = async () => {
    if (store.reopen === undefined) return store.provider;
    const view = await store.reopen();
    views.push(view);
    return view;
  };
  const race = store.race ?? raceInThisProcess(store.provider, secondView);
  try {
    await run({
      provider: store.provider,
      largeFileBytes: harness.largeFileBytes ?? DEFAULT_LARGE_FILE_BYTES,
      manyFiles: harness.manyFiles ?? DEFAULT_MANY_FILES,
      limits: harness.limits ?? {},
      secondView,
      race: (tasks) => race(tasks, { signal: over.signal }),
      racesInProcesses: store.race !== undefined,
      leftovers: async () => (await store.leftovers?.()) ?? [],
      async versionedStore() {
        const opened = await harness.openVersioned?.();
        if (opened !== undefined) versioned.push(opened);
        return opened;
      },
      fetch: store.fetch,
      settled: (promise, what) => settled(promise, what, harness.patience ?? DEFAULT_PATIENCE),
    });
  } finally {
    over.abort();
    for (const view of views) await view.close();
    for (const other of versioned) await other.close();
    await store.close();
  }
}

/** Every other racer has a view of its own, as another process would have it. */
function raceInThisProcess(
  provider: StorageProvider,
  secondView: () => Promise<StorageProvider>,
): Race {
  return async (tasks) => {
    const views = [provider, await secondView()];
    const racers = tasks.map((task, i) => runRacer(views[i % 2] ?? provider, task));
    await Promise.allSettled(racers); // nobody races on while the store is closed
    return Promise.all(racers);
  };
}

async function settled<T>(promise: Promise<T>, what: string, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end in ${patience} ms`)), patience);
  });
  try {
    return await Promise.race([promise, hung]);
  } finally {
    clearTimeout(timer);
  }
}
