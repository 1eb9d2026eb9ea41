import type { Journal } from '@org/storage-migration';
import { type Counts, countsOf, NOTHING } from './counts.js';
import type { JournalLook } from './journal-look.js';
import type { MigrationServiceOptions } from './options.js';
import { Paced } from './paced.js';
import type { Count, WorkState } from './state.js';
import { type Inventory, inventoryOf } from './storage-state.js';
import { type Unfinished, unfinishedCopying } from './unfinished.js';
import { workElsewhere } from './work-elsewhere.js';

/** Milliseconds for which counts, a walk through all files and the application's own sums are believed at the least. */
const COUNTED = 400;
const WALKED = 10_000;
const SUMMED = 2_000;

/** What costs something to find out, and is asked for by everybody who looks at the dashboard. */
export class Observations {
  readonly counts: Paced<Counts>;
  readonly inventory: Paced<Inventory | undefined>;
  readonly usage: Paced<{ readonly source: Count; readonly target: Count }> | undefined;
  /** What another process is at. */
  readonly elsewhere: Paced<WorkState | null>;

  constructor(look: JournalLook, options: MigrationServiceOptions) {
    const { usage, prices } = options;
    this.counts = new Paced(() => look.find(countsOf, NOTHING), COUNTED);
    this.inventory = new Paced(
      () => look.find<Inventory | undefined>((journal) => inventoryOf(journal, prices), undefined),
      WALKED,
    );
    this.elsewhere = new Paced(
      () => look.find<WorkState | null>((journal) => workElsewhere(journal, options), null),
      COUNTED,
    );
    this.usage = usage && new Paced(usage, SUMMED);
  }

  /** Before something is decided by it. */
  forgetProgress(): void {
    this.counts.forget();
    this.elsewhere.forget();
  }

  /** After something has ended. */
  forget(): void {
    this.forgetProgress();
    this.inventory.forget();
    this.usage?.forget();
  }

  async unfinished(journal: Journal | undefined): Promise<Unfinished | undefined> {
    if (journal === undefined) return undefined;
    const { progress } = await this.counts.look();
    return unfinishedCopying(journal, progress.unresolved);
  }
}
