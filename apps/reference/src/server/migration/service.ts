import { StorageError } from '@org/storage-core';
import { type Mode, wantMode } from '@org/storage-hybrid';
import { type GateReport, type Journal, RESOLVED } from '@org/storage-migration';
import { copy, limitsOf, UNLIMITED } from './copying.js';
import { type Counts, countsOf, NOTHING } from './counts.js';
import { fleetState, isReached } from './fleet-state.js';
import { HealthWatch } from './health.js';
import { Meter } from './meter.js';
import type { MigrationServiceOptions } from './options.js';
import { Paced } from './paced.js';
import { refusalOf, refusalOfMode, type Situation } from './refusals.js';
import { Slot, type Work } from './slot.js';
import type {
  ActionName,
  GateState,
  LimitsState,
  MigrationState,
  WorkKind,
  WorkState,
} from './state.js';
import { type Inventory, inventoryOf } from './storage-state.js';
import { cutOver, lookAtGate, retireSource, verifyCopies } from './tasks.js';
import { type Unfinished, unfinishedCopying } from './unfinished.js';
import { stateOf } from './view.js';
import { workElsewhere } from './work-elsewhere.js';

/** Milliseconds for which counts, a walk through all files and the application's own sums are believed at the least. */
const COUNTED = 400;
const WALKED = 10_000;
const SUMMED = 2_000;

export interface LimitsChange {
  readonly concurrency?: number | 'auto' | undefined;
  /** Bytes a second; `null` takes the limit away. */
  readonly bandwidth?: number | null | undefined;
}

/**
 * The migration of an application's files, from one of its processes: what is to be seen of it, and what an operator can do. Every
 * process of the application has one. The journal and the fleet's lease see to it that only one of them works; what one that was
 * killed had begun to copy, another goes on with.
 */
export class MigrationService {
  readonly options: MigrationServiceOptions;
  readonly #slot = new Slot();
  readonly #meter = new Meter();
  readonly #health: HealthWatch;
  readonly #counts: Paced<Counts>;
  readonly #inventory: Paced<Inventory | undefined>;
  readonly #usage:
    | Paced<Awaited<ReturnType<NonNullable<MigrationServiceOptions['usage']>>>>
    | undefined;
  readonly #elsewhere: Paced<WorkState | null>;
  readonly #timer: NodeJS.Timeout;
  #journal: Promise<Journal | undefined> | undefined;
  #gate: GateState | null = null;
  #last: { readonly kind: WorkKind; readonly at: Date; readonly error: string } | undefined;
  #looking: Promise<void> | undefined;
  #closed = false;

  constructor(options: MigrationServiceOptions) {
    const { source, target, lookEvery = 2_000, healthEvery = 15_000, usage, prices } = options;
    this.options = options;
    this.#health = new HealthWatch({ source, target }, healthEvery);
    const ofJournal = async <T>(find: (journal: Journal) => Promise<T>, none: T) => {
      const journal = await this.#look();
      return journal === undefined ? none : find(journal);
    };
    this.#counts = new Paced(() => ofJournal(countsOf, NOTHING), COUNTED);
    this.#inventory = new Paced(
      () => ofJournal<Inventory | undefined>((journal) => inventoryOf(journal, prices), undefined),
      WALKED,
    );
    this.#elsewhere = new Paced(
      () => ofJournal<WorkState | null>((journal) => workElsewhere(journal, options), null),
      COUNTED,
    );
    this.#usage = usage && new Paced(usage, SUMMED);
    this.#timer = setInterval(() => void this.#goOn(), lookEvery).unref();
  }

  /** What this process is at, for messages and tests. */
  get work(): WorkKind | undefined {
    return this.#slot.work?.kind;
  }

  async state(): Promise<MigrationState> {
    const journal = await this.#look();
    const { source, target } = this.#health;
    return stateOf({
      ...(await this.#situation(journal)),
      options: this.options,
      journal,
      control: await journal?.control(),
      limits: limitsOf(this.options),
      counts: await this.#counts.look(),
      inventory: await this.#inventory.look(),
      usage: await this.#usage?.look(),
      spool: await this.options.spool?.status(),
      health: { source, target },
      meter: this.#meter,
      failed: this.#last,
    });
  }

  /** Begins to copy, or goes on; files that failed are tried again. */
  async start(): Promise<void> {
    await this.#allow('start');
    await this.#copy();
  }

  /** No further file is begun, in whichever process. */
  async pause(): Promise<void> {
    await this.#allow('pause');
    await this.#setControl({ paused: true });
  }

  async resume(): Promise<void> {
    await this.#allow('resume');
    await this.#setControl({ paused: false });
    await this.#goOn();
  }

  /** Tries at once what has failed. @param keys Only these. */
  async retry(keys?: readonly string[]): Promise<void> {
    await this.#allow('retry');
    await this.#slot.stop();
    await this.#copy(keys);
  }

  /** Compares all copies with what was read. */
  async verify(): Promise<void> {
    const { fleet } = await this.#allow('verify');
    const cutOver = fleet.wanted === 'target';
    await this.#begin('verify', async (work, journal) => {
      const totals = await journal.totals();
      this.#meter.begin({
        files: RESOLVED.reduce((sum, state) => sum + totals[state].files, 0),
        bytes: RESOLVED.reduce((sum, state) => sum + totals[state].bytes, 0),
      });
      await verifyCopies(this.options, work, { journal, cutOver, onEvent: this.#record });
    });
  }

  /** Puts the source's files aside that were found whole in the target. */
  async retire(): Promise<void> {
    await this.#allow('retire');
    await this.#begin('retire', async (work, journal) => {
      const totals = await journal.totals();
      const all = ([...RESOLVED, 'superseded', 'deleted'] as const).map((state) => totals[state]);
      this.#meter.begin({
        files: all.reduce((sum, { files }) => sum + files, 0),
        bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      });
      await retireSource(this.options, work, { journal, onEvent: this.#record });
    });
  }

  /** Looks at the gate: whether the source can be given up. */
  async gate(): Promise<GateState> {
    await this.#allow('gate');
    const journal = await this.#look();
    if (journal === undefined) throw refused('nothing has been copied yet');
    return this.#seen(await lookAtGate(this.options, journal));
  }

  /** Brings all processes to the mode `target`, if the gate is open. */
  async cutover(): Promise<void> {
    const journal = await this.#look();
    if (journal !== undefined) this.#seen(await lookAtGate(this.options, journal));
    await this.#allow('cutover');
    await this.#begin('cutover', async (work, own) => {
      await cutOver(this.options, work, own, (report) => this.#seen(report));
    });
  }

  /** Sets the mode that all processes shall reach: one beside the present one. They are not waited for. */
  async setMode(mode: Mode): Promise<void> {
    const { registry } = this.options;
    const situation = await this.#situation(await this.#look());
    const refusal = refusalOfMode(mode, situation);
    if (refusal !== null) throw refused(refusal);
    if (mode === situation.fleet.wanted) return;
    if (this.#slot.work?.kind === 'migrate') await this.#slot.stop(); // it is paused, and holds the lease
    await wantMode({
      ...{ registry, mode },
      confirm: async () => {
        if (mode === 'source') await this.#requireEmptyTarget();
      },
    });
    this.#gate = null;
  }

  /** Of what is under way, too, in whichever process. @throws StorageError `InvalidArgument`. */
  async setLimits({ concurrency, bandwidth }: LimitsChange): Promise<void> {
    checkLimits(concurrency, bandwidth);
    await this.#setControl((before) => {
      return {
        ...before,
        ...(concurrency === undefined ? {} : { concurrency }),
        ...(bandwidth === undefined ? {} : { bandwidth: bandwidth ?? UNLIMITED }),
      };
    });
  }

  /** Finishes what is in flight, and begins nothing else. Another process goes on with the copying, or the next start of this one. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#slot.stop();
    await this.#looking;
    await this.#health.close();
    await (await this.#journal)?.close();
    this.#journal = undefined;
  }

  readonly #record = (event: Parameters<Meter['record']>[0]) => this.#meter.record(event);

  async #copy(keys?: readonly string[]): Promise<void> {
    await this.#begin('migrate', async (work, journal) => {
      await journal.setControl({ ...(await journal.control()), paused: false });
      this.#meter.begin();
      await copy(this.options, work, { journal, onEvent: this.#record, keys });
    });
  }

  /** Opens the journal to work with it, which keeps all other processes off, and begins. */
  async #begin(
    kind: WorkKind,
    run: (work: Work, journal: Journal) => Promise<void>,
  ): Promise<void> {
    if (this.#closed) throw refused('this process is about to end');
    const journal = await this.options.journal.work();
    const close = () => journal.close();
    try {
      this.#slot.begin(
        kind,
        async (work) => {
          try {
            await run(work, journal);
          } finally {
            this.#meter.end();
            await close();
          }
        },
        (error) => this.#ended(kind, error),
      );
    } catch (error) {
      await close();
      throw error;
    }
    this.#last = undefined;
  }

  #ended(kind: WorkKind, error: StorageError | undefined): void {
    this.#counts.forget();
    this.#elsewhere.forget();
    this.#inventory.forget();
    this.#usage?.forget();
    if (error !== undefined && error.code !== 'Aborted')
      this.#last = { kind, at: new Date(), error: error.message };
    if (!this.#closed) void this.#lookAtGate();
  }

  /** After something has ended; what keeps it from being looked at, the operator's own look tells. */
  async #lookAtGate(): Promise<void> {
    await this.gate().catch(() => undefined);
  }

  /** Goes on with what another process, or an earlier one, has left behind. What fails is tried again at the next look. */
  #goOn(): Promise<void> {
    this.#looking ??= this.#takeOver()
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #takeOver(): Promise<void> {
    const { registry, initial = 'source', retryEvery } = this.options;
    const journal = await this.#look();
    if (journal === undefined || this.#closed) return;
    const fleet = await fleetState(registry, initial);
    if (this.#slot.work?.kind === 'migrate' && fleet.wanted !== 'hybrid') await this.#slot.stop();
    if (this.#slot.work !== undefined || fleet.wanted !== 'hybrid' || !isReached(fleet)) return;
    const unfinished = await this.#unfinished(journal);
    if (unfinished === undefined || unfinished.due(retryEvery) > Date.now()) return;
    if ((await journal.control()).paused || this.#closed) return;
    await this.#copy();
  }

  async #unfinished(journal: Journal | undefined): Promise<Unfinished | undefined> {
    if (journal === undefined) return undefined;
    const { progress } = await this.#counts.look();
    return unfinishedCopying(journal, progress.unresolved);
  }

  async #allow(action: ActionName): Promise<Situation> {
    this.#counts.forget();
    this.#elsewhere.forget();
    const situation = await this.#situation(await this.#look());
    const refusal = refusalOf(action, situation);
    if (refusal !== null) throw refused(refusal);
    return situation;
  }

  async #situation(journal: Journal | undefined): Promise<Situation> {
    const { registry, initial = 'source' } = this.options;
    const fleet = await fleetState(registry, initial);
    const { progress } = await this.#counts.look();
    const own = this.#slot.work;
    return {
      ...{ fleet, progress, gate: this.#gate },
      work:
        own === undefined
          ? await this.#elsewhere.look()
          : {
              ...{ kind: own.kind, since: own.since.toISOString(), here: true },
              ...this.#meterState(own),
            },
      paused: (await journal?.control())?.paused ?? false,
      unfinished: (await this.#unfinished(journal)) !== undefined,
    };
  }

  #meterState({ waiting, note }: Work) {
    const { phase, total, done } = this.#meter.snapshot();
    const shown = waiting ? ('waiting' as const) : phase;
    return { phase: shown, note: note ?? null, total, done };
  }

  #seen({ open, conditions }: GateReport): GateState {
    const gate: GateState = {
      ...{ at: new Date().toISOString(), open },
      conditions: conditions.map(({ id, holds, evidence, mend }) => {
        return { id, holds, evidence, mend: mend ?? null };
      }),
    };
    this.#gate = gate;
    return gate;
  }

  /** The journal, to look into it; `undefined` before the first start. */
  async #look(): Promise<Journal | undefined> {
    this.#journal ??= this.options.journal.look();
    const opening = this.#journal;
    const journal = await opening.catch((error: unknown) => {
      if (this.#journal === opening) this.#journal = undefined;
      throw error;
    });
    if (journal === undefined && this.#journal === opening) this.#journal = undefined;
    return journal;
  }

  async #setControl(
    change: Partial<LimitsState & { paused: boolean }> | ((before: Control) => Control),
  ): Promise<void> {
    const looked = await this.#look();
    const journal = looked ?? (await this.options.journal.work());
    try {
      const before = await journal.control();
      await journal.setControl(
        typeof change === 'function'
          ? change(before)
          : { ...before, paused: change.paused === true },
      );
    } finally {
      if (looked === undefined) await journal.close();
    }
  }

  /** In the mode `source`, what only the target has would not be found. */
  async #requireEmptyTarget(): Promise<void> {
    for await (const entry of this.options.target.list()) {
      const name = entry.type === 'file' ? entry.key : entry.prefix;
      throw refused(
        `the target is not empty: in the mode source, ${JSON.stringify(name)} would not be found`,
      );
    }
  }
}

type Control = Awaited<ReturnType<Journal['control']>>;

function checkLimits(
  concurrency: LimitsChange['concurrency'],
  bandwidth: LimitsChange['bandwidth'],
) {
  if (
    concurrency !== undefined &&
    concurrency !== 'auto' &&
    !(Number.isSafeInteger(concurrency) && concurrency >= 1 && concurrency <= 256)
  )
    throw invalid('the concurrency is a whole number of files from 1 to 256, or auto');
  if (bandwidth !== undefined && bandwidth !== null && !(bandwidth >= 1024))
    throw invalid('the bandwidth is a number of bytes a second, 1,024 or more');
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}

function refused(why: string): StorageError {
  return new StorageError('Conflict', why, { retryable: false });
}
