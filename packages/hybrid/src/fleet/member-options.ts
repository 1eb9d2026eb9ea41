import type { Stage } from '../mode.js';
import type { Sighting } from './lookout.js';
import type { Role } from './record.js';
import type { FleetRegistry } from './registry.js';
import type { FleetTiming } from './timing.js';

export interface FleetMemberOptions extends FleetTiming {
  /** Where the members know each other from. Whoever opened it closes it, after this process has left. */
  readonly registry: FleetRegistry;
  /** Default `application`. */
  readonly role?: Role | undefined;
  /** What a migrator works on, where others may work beside it. */
  readonly scope?: string | undefined;
  /** Those that a migrator works together with. */
  readonly group?: string | undefined;
  /** What a migrator does, where late requests of one that has died are not in the way of the next that does the same. */
  readonly task?: string | undefined;
  /** For people who look at the fleet, such as a release’s number. */
  readonly note?: string | undefined;
  /**
   * What becomes of writes, copies and deletes in the modes `source` and `prepare` while this process may be taken for gone, since
   * it could not beat for `drain` less `margin`: they are refused, with a retryable `Unavailable`, or go on. What goes on may write
   * to a source that others believe to be at rest: such writes are lost. Default `refuse-writes`.
   */
  readonly onLostTouch?: 'refuse-writes' | 'continue' | undefined;
  /**
   * Why another member is in the way of this one, besides a stage that is not compatible; `undefined` if it is not. Default:
   * nothing else is.
   */
  readonly objection?: ((other: Sighting, stage: Stage) => string | undefined) | undefined;
  /** Makes ids that were never used before. Default random UUIDs. */
  readonly newId?: (() => string) | undefined;
}
