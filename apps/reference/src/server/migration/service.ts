import type { StorageError } from '@org/storage-core';
import { type Mode, wantMode } from '@org/storage-hybrid';
import { type Journal, RESOLVED, requireNewDirectory } from '@org/storage-migration';
import { copy, limitsOf, UNLIMITED } from './copying.js';
import { fleetState } from './fleet-state.js';
import { gateState } from './gate-state.js';
import { HealthWatch } from './health.js';
import { JournalLook } from './journal-look.js';
import { checkLimits, type LimitsChange } from './limits.js';
import { Meter } from './meter.js';
import { Observations } from './observations.js';
import type { MigrationServiceOptions } from './options.js';
import { refusalOf, refusalOfMode, type Situation } from './refusals.js';
import { refused } from './refused.js';
import { Slot, type Work } from './slot.js';
import type { ActionName, GateState, MigrationState, WorkKind } from './state.js';
import { TakeOver } from './take-over.js';
import { cutOver, lookAtGate, retireSource, verifyCopies } from './tasks.js';
import { stateOf } from './view.js';

/** A journal that there is none of yet. */
const NOT_BEGUN: Pick<Journal, 'runs'> = { runs: async () => [] };

export interface StartOptions {
  /** Whether files are known that a directory has before the first start towards it: see `MigrateOptions`. Default `false`. */
  readonly knownFiles?: boolean | undefined;
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
  readonly #journal: JournalLook;
  readonly #observations: Observations;
  readonly #takeOver: TakeOver;
  #gate: GateState | null = null;
  #last: { readonly kind: WorkKind; readonly at: Date; readonly error: string } | undefined;
  #closed = false;

  constructor(options: MigrationServiceOptions) {
    const { source, target, healthEvery = 15_000 } = options;
    this.options = options;
    this.#health = new HealthWatch({ source, target }, healthEvery);
    this.#journal = new JournalLook(options.journal);
    this.#observations = new Observations(this.#journal, options);
    this.#takeOver = new TakeOver({
      ...{ options, slot: this.#slot, copy: () => this.#copy() },
      look: () => this.#journal.open(),
      unfinished: (journal) => this.#observations.unfinished(journal),
    });
  }

  /** What this process is at, for messages and tests. */
  get work(): WorkKind | undefined {
    return this.#slot.work?.kind;
  }

  async state(): Promise<MigrationState> {
    const journal = await this.#journal.open();
    const { source, target } = this.#health;
    const { counts, inventory, usage } = this.#observations;
    return stateOf({
      ...(await this.#situation(journal)),
      options: this.options,
      journal,
      control: await journal?.control(),
      limits: limitsOf(this.options),
      counts: await counts.look(),
      inventory: await inventory.look(),
      usage: await usage?.look(),
      spool: await this.options.spool?.status(),
      health: { source, target },
      meter: this.#meter,
      failed: this.#last,
    });
  }

  /**
   * Begins to copy, or goes on; files that failed are tried again.
   * @throws StorageError `Conflict`, operation `requireNewDirectory`, before the first start towards a directory that has files, unless
   * those are known.
   */
  async start({ knownFiles = false }: StartOptions = {}): Promise<void> {
    await this.#allow('start');
    const journal = (await this.#journal.open()) ?? NOT_BEGUN;
    await requireNewDirectory({ target: this.options.target, journal, known: knownFiles });
    await this.#copy();
  }

  /** No further file is begun, in whichever process. */
  async pause(): Promise<void> {
    await this.#allow('pause');
    await this.#journal.setControl({ paused: true });
  }

  async resume(): Promise<void> {
    await this.#allow('resume');
    await this.#journal.setControl({ paused: false });
    await this.#takeOver.look();
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
    const journal = await this.#journal.open();
    if (journal === undefined) throw refused('nothing has been copied yet');
    return this.#see(journal);
  }

  /** Brings all processes to the mode `target`, if the gate is open. */
  async cutover(): Promise<void> {
    const journal = await this.#journal.open();
    if (journal !== undefined) await this.#see(journal);
    await this.#allow('cutover');
    await this.#begin('cutover', async (work, own) => {
      await cutOver(this.options, work, own, (report) => {
        this.#gate = gateState(report);
      });
    });
  }

  /** Sets the mode that all processes shall reach: one beside the present one. They are not waited for. */
  async setMode(mode: Mode): Promise<void> {
    const { registry } = this.options;
    const situation = await this.#situation(await this.#journal.open());
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
  async setLimits(change: LimitsChange): Promise<void> {
    checkLimits(change);
    const { concurrency, bandwidth } = change;
    await this.#journal.setControl({
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(bandwidth === undefined ? {} : { bandwidth: bandwidth ?? UNLIMITED }),
    });
  }

  /** Finishes what is in flight, and begins nothing else. Another process goes on with the copying, or the next start of this one. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#takeOver.close();
    await this.#slot.stop();
    await this.#health.close();
    await this.#journal.close();
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
    const journal = await this.options.journal.work();
    const close = () => journal.close();
    try {
      if (this.#closed) throw refused('this process is about to end'); // it may since it was asked
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
    this.#observations.forget();
    if (error !== undefined && error.code !== 'Aborted')
      this.#last = { kind, at: new Date(), error: error.message };
    if (!this.#closed) void this.#lookAtGate();
  }

  /** After something has ended; what keeps it from being looked at, the operator's own look tells. */
  async #lookAtGate(): Promise<void> {
    await this.gate().catch(() => undefined);
  }

  async #allow(action: ActionName): Promise<Situation> {
    this.#observations.forgetProgress();
    const situation = await this.#situation(await this.#journal.open());
    const refusal = refusalOf(action, situation);
    if (refusal !== null) throw refused(refusal);
    return situation;
  }

  async #situation(journal: Journal | undefined): Promise<Situation> {
    const { registry, initial = 'source' } = this.options;
    const fleet = await fleetState(registry, initial);
    const { counts, elsewhere } = this.#observations;
    const { progress } = await counts.look();
    const own = this.#slot.work;
    return {
      ...{ fleet, progress, gate: this.#gate },
      work:
        own === undefined
          ? await elsewhere.look()
          : {
              ...{ kind: own.kind, since: own.since.toISOString(), here: true },
              ...this.#meterState(own),
            },
      paused: (await journal?.control())?.paused ?? false,
      unfinished: (await this.#observations.unfinished(journal)) !== undefined,
    };
  }

  #meterState({ waiting, note }: Work) {
    const { phase, total, done } = this.#meter.snapshot();
    const shown = waiting ? ('waiting' as const) : phase;
    return { phase: shown, note: note ?? null, total, done };
  }

  async #see(journal: Journal): Promise<GateState> {
    const gate = gateState(await lookAtGate(this.options, journal));
    this.#gate = gate;
    return gate;
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
