import { isStorageError, type SkipReason } from '@org/storage-core';
import type { MemberRecord } from '@org/storage-hybrid';
import type { DiskJournals } from '../journal/disk-journals.js';
import type { VerifiedBy } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import type { DiskEndpoints } from '../journal/postgres-disks.js';
import { counted } from '../report/format.js';
import { type Condition, none, unknown } from './condition.js';
import { isWitnessed } from './fleet-members.js';
import { journalConditions } from './journal-conditions.js';

/** The disks of a fleet whose hosts each see their own only. */
export interface FleetDisks {
  /** Those that there have to be, besides those that have a journal. */
  readonly expected: readonly string[];
  /** Without it, no other disk can be looked at. */
  readonly journals?: DiskJournals | undefined;
}

/** Whether a disk of another host can be given up. */
export interface DiskReport {
  readonly name: string;
  /** `unknown`: it could not be found out, which is as good as `false`. */
  readonly holds: boolean | 'unknown';
  /** What that was seen from, in a sentence. */
  readonly evidence: string;
  /** What to do about it; `undefined` where it holds. */
  readonly mend?: string;
}

interface DiskOptions {
  /** That of the disk that the asking host sees. */
  readonly journal: Journal;
  readonly disks: FleetDisks | undefined;
  readonly members: readonly MemberRecord[];
  readonly verifiedBy: VerifiedBy;
  readonly accept: readonly SkipReason[];
}

/** What is known of the disks of the other hosts: by their journals, and by what their hosts have seen. */
export async function diskReports(options: DiskOptions): Promise<readonly DiskReport[]> {
  const { journal, disks } = options;
  const own = journal.endpoints.disk;
  if (own === undefined || disks === undefined) return [];
  const known = (await disks.journals?.list()) ?? [];
  const names = new Set([...known.map(({ disk }) => disk.name), ...disks.expected]);
  names.delete(own.name);
  const reports: DiskReport[] = [];
  for (const name of [...names].sort()) {
    const endpoints = known.find(({ disk }) => disk.name === name);
    reports.push(
      endpoints === undefined
        ? missing(name)
        : (differing(endpoints, journal, known) ?? (await reportOf(name, disks, options))),
    );
  }
  return reports;
}

/** That all disks can be given up. */
export function disksCondition(
  { journal, disks }: Pick<DiskOptions, 'journal' | 'disks'>,
  reports: readonly DiskReport[],
): Condition {
  const own = journal.endpoints.disk;
  if (own === undefined) return none('disks', 0, 'all hosts see the same source', '');
  if (disks === undefined || (disks.journals === undefined && disks.expected.length === 0)) {
    const evidence = `other disks than ${own.name} can’t be seen from here`;
    return unknown('disks', evidence, 'name all of them: --disks');
  }
  const shut = reports.filter(({ holds }) => holds !== true);
  const [first] = shut;
  if (first === undefined) {
    const names = reports.map(({ name }) => name).join(', ');
    const evidence =
      reports.length === 0
        ? `there is no other disk than ${own.name}`
        : `${counted(reports.length, 'disk')} of other hosts can be given up: ${names}`;
    return none('disks', 0, evidence, '');
  }
  const more = shut.length === 1 ? '' : `; and ${shut.length - 1} more`;
  return {
    id: 'disks',
    holds: shut.some(({ holds }) => holds === false) ? false : 'unknown',
    value: shut.length,
    evidence: `${shut.length} of ${counted(reports.length, 'disk')} of other hosts can’t be given up: ${first.name}: ${first.evidence}${more}`,
    mend: first.mend ?? '',
  };
}

function missing(name: string): DiskReport {
  return shut(
    name,
    'unknown',
    'it has no journal in this database',
    `run storage migrate --disk ${name} on its host`,
  );
}

function differing(
  { target, disk: { name, id } }: DiskEndpoints,
  { endpoints }: Journal,
  known: readonly DiskEndpoints[],
): DiskReport | undefined {
  if (target !== endpoints.target) {
    const evidence = `its journal is of another migration, to ${target}`;
    return shut(name, false, evidence, 'name another schema for it');
  }
  const twin =
    id === undefined
      ? undefined
      : known.find(({ disk }) => disk.id === id && disk.name !== name)?.disk.name;
  if (twin === undefined) return undefined;
  return shut(
    name,
    false,
    `it is the disk ${twin} as well, so that one disk has two journals`,
    `drop the schema of the one that is not its name, and look for the disk that should have it`,
  );
}

async function reportOf(
  name: string,
  { journals }: FleetDisks,
  options: DiskOptions,
): Promise<DiskReport> {
  let journal: Journal | undefined;
  try {
    journal = await journals?.open(name);
    return journal === undefined ? missing(name) : await judge(name, journal, options);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return shut(name, 'unknown', error.message, 'see to it that its journal can be read');
  } finally {
    await journal?.close();
  }
}

async function judge(
  name: string,
  journal: Journal,
  { members, verifiedBy, accept }: DiskOptions,
): Promise<DiskReport> {
  // The look before the run: one that begins in between makes it stale.
  const look = await journal.lastLook();
  const [newest] = await journal.runs(1);
  const again = (why: string): DiskReport =>
    shut(name, 'unknown', why, `run storage gate --disk ${name} on its host`);
  const failing = (await journalConditions(journal, verifiedBy)).find(
    ({ holds }) => holds !== true,
  );
  if (failing !== undefined)
    return shut(name, false, failing.evidence, `on its host, ${failing.mend}`);
  if (look === undefined) return again('nobody has looked at it yet');
  const seen = `${look.host} has looked at it (${look.at.toISOString()})`;
  if (newest?.outcome === 'running')
    return shut(
      name,
      'unknown',
      `a run of the kind ${newest.kind} is under way, or was killed`,
      `on its host, wait for it or run it again; then run storage gate --disk ${name}`,
    );
  if (newest?.id !== look.run)
    return again(`${seen}, and a run has begun since: ${newest?.kind ?? 'none'}`);
  if (look.witnesses.length === 0)
    return again(`${seen} while not all processes were beyond the hand-over`);
  if (!isWitnessed(look.witnesses, members))
    return again(`${seen}, and since then no process has stayed where it was`);
  const other = look.accepted.find((kind) => !accept.includes(kind));
  if (other !== undefined)
    return shut(
      name,
      false,
      `${seen}, and accepted what is not accepted here: ${other}`,
      `accept it here too (--accept ${other}), or run storage gate --disk ${name} on its host without`,
    );
  const [obstacle] = look.obstacles;
  if (obstacle !== undefined)
    return shut(
      name,
      false,
      `${seen}: ${obstacle}`,
      `on its host, run storage gate --disk ${name}, which tells how to mend it`,
    );
  return { name, holds: true, evidence: `${seen}, and nothing was left` };
}

function shut(name: string, holds: false | 'unknown', evidence: string, mend: string): DiskReport {
  return { name, holds, evidence, mend };
}
