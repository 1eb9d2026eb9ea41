import type { Waiting, Work } from '../work.js';
import type { FleetClock } from './clock.js';

/** What a member tells of its work with every beat. */
export interface MemberReport {
  /** Whether it goes by the mode that the registry holds. */
  readonly follows: boolean;
  /** ms, by its own clock, for which it has counted the reads that the source answers. */
  readonly watched: number;
  /** ms, by its own clock, since the last of them, or less; `undefined`: there was none. */
  readonly sourceRead?: number | undefined;
  /** What waits in its spool · `none`: it has no spool · `unknown`: the spool’s disk has not answered. */
  readonly spool: Waiting | 'none' | 'unknown';
  /** Why it is not in the mode that it wants. */
  readonly obstacle?: string | undefined;
}

/** Characters of an obstacle that are told. */
const LONGEST = 500;

/** A report as it is read back, with nothing else in it; `undefined` for what is none. */
export function parseReport(found: unknown): MemberReport | undefined {
  if (typeof found !== 'object' || found === null) return undefined;
  const { follows, watched, sourceRead, spool, obstacle } = found as Record<string, unknown>;
  const waiting = parseSpool(spool);
  if (typeof follows !== 'boolean' || !isTime(watched) || waiting === undefined) return undefined;
  if (sourceRead !== undefined && !isTime(sourceRead)) return undefined;
  if (obstacle !== undefined && typeof obstacle !== 'string') return undefined;
  return {
    ...{ follows, watched, spool: waiting },
    ...(sourceRead === undefined ? {} : { sourceRead }),
    ...(obstacle === undefined ? {} : { obstacle }),
  };
}

function parseSpool(found: unknown): MemberReport['spool'] | undefined {
  if (found === 'none' || found === 'unknown') return found;
  if (typeof found !== 'object' || found === null) return undefined;
  const { entries, bytes } = found as Record<string, unknown>;
  return isTime(entries) && isTime(bytes) ? { entries, bytes } : undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Looks at the work of this process from beat to beat. */
export class WorkWatch {
  readonly #work: Work;
  readonly #clock: FleetClock;
  readonly #begun: number;
  #counted: number;
  #lastRead: number | undefined;
  #spool: MemberReport['spool'];
  #looking = false;

  constructor(work: Work, clock: FleetClock) {
    this.#work = work;
    this.#clock = clock;
    this.#begun = clock.now();
    this.#counted = work.sourceReads;
    this.#spool = work.spool === undefined ? 'none' : 'unknown';
  }

  /** A read counts as of the report that first tells of it, which is too late rather than too early. */
  report(follows: boolean): MemberReport {
    const now = this.#clock.now();
    const { sourceReads, obstacle } = this.#work;
    if (sourceReads !== this.#counted) this.#lastRead = now;
    this.#counted = sourceReads;
    const since = this.#lastRead;
    return {
      ...{ follows, watched: Math.floor(now - this.#begun), spool: this.#spool },
      ...(since === undefined ? {} : { sourceRead: Math.floor(now - since) }),
      ...(obstacle === undefined ? {} : { obstacle: obstacle.message.slice(0, LONGEST) }),
    };
  }

  /** Begins a look into the spool, which no beat waits for: a disk that hangs is no reason to be taken for gone. */
  lookIntoSpool(): void {
    const { spool } = this.#work;
    if (spool === undefined) return;
    if (this.#looking) {
      this.#spool = 'unknown'; // what was seen in the last look is too old
      return;
    }
    this.#looking = true;
    void spool()
      .then(
        ({ entries, bytes }) => {
          this.#spool = { entries, bytes };
        },
        () => {
          this.#spool = 'unknown';
        },
      )
      .finally(() => {
        this.#looking = false;
      });
  }
}
