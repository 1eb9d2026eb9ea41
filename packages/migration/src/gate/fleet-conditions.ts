import { isStorageError, type StorageError } from '@org/storage-core';
import { type FleetLease, type MemberRecord, type MemberReport, nameOf } from '@org/storage-hybrid';
import { counted, formatCount, formatFiles } from '../report/format.js';
import { type Condition, type ConditionId, none, unknown } from './condition.js';
import { isBeyondHandOver } from './fleet-members.js';

const RESTARTED =
  'if it was killed, storage fleet --watch removes it when it was silent for long enough';
const UPDATE = 'deploy this release of @org/storage-hybrid to it, with a HybridStorageProvider';

/** What the processes tell of themselves. */
export function fleetConditions(options: {
  /** Or why they can't be told. */
  readonly members: readonly MemberRecord[] | StorageError;
  readonly quiet: number;
  readonly lease: Pick<FleetLease, 'id'> | undefined;
}): readonly Condition[] {
  const { members, quiet, lease } = options;
  if (isStorageError(members)) {
    const { message } = members;
    const ids: readonly ConditionId[] = ['members', 'no-migrator', 'spool', 'quiet'];
    return ids.map((id) => unknown(id, message, 'see to it that the registry can be read'));
  }
  const applications = members.filter(({ role }) => role === 'application');
  const others = members.filter(({ role, id }) => role === 'migrator' && id !== lease?.id);
  return [
    membersCondition(applications),
    none(
      'no-migrator',
      others.length,
      others[0] === undefined ? 'no migrator is at work' : `${nameOf(others[0])} is at work`,
      `wait for it to end, or stop it; ${RESTARTED}`,
    ),
    spoolCondition(applications),
    quietCondition(applications, quiet),
  ];
}

function membersCondition(applications: readonly MemberRecord[]): Condition {
  if (applications.length === 0) {
    return unknown(
      'members',
      'no application is in the registry',
      'start the application, or name the registry that it uses',
    );
  }
  const early = applications.filter((member) => !isBeyondHandOver(member));
  const [first] = early;
  return none(
    'members',
    early.length,
    first === undefined
      ? `${counted(applications.length, 'process', 'processes')} registered, all beyond the hand-over`
      : `${formatCount(early.length)} of ${counted(applications.length, 'process', 'processes')} ${early.length === 1 ? 'is' : 'are'} not: ${nameOf(first)} is in the stage "${first.stages.join('", "')}"`,
    `bring all processes to the mode hybrid: storage mode hybrid; ${RESTARTED}`,
  );
}

function spoolCondition(applications: readonly MemberRecord[]): Condition {
  return byReport('spool', applications, (reports) => {
    const dumb = reports.find(({ report }) => report.spool === 'unknown');
    if (dumb !== undefined) {
      const evidence = `${nameOf(dumb.member)} could not look into its spool`;
      return unknown('spool', evidence, 'see to the disk of its spool');
    }
    const counts = reports.map(({ report: { spool } }) =>
      typeof spool === 'string' ? { entries: 0, bytes: 0 } : spool,
    );
    // Processes may share one spool: what several tell of is not added up.
    const { entries, bytes } = counts.reduce((most, count) =>
      count.entries > most.entries ? count : most,
    );
    const evidence = `${formatFiles({ files: entries, bytes })} ${entries === 1 ? 'waits' : 'wait'} in the fullest spool`;
    return none('spool', entries, evidence, 'wait until they are sent to the target');
  });
}

function quietCondition(applications: readonly MemberRecord[], quiet: number): Condition {
  return byReport('quiet', applications, (reports) => {
    const times = reports.map(({ member, report }) => {
      return { member, read: report.sourceRead, quiet: report.sourceRead ?? report.watched };
    });
    const last = times.reduce((least, time) => (time.quiet < least.quiet ? time : least));
    const evidence =
      last.read === undefined
        ? `none of ${counted(times.length, 'process', 'processes')} has read from the source; ${nameOf(last.member)} has run for ${last.quiet} ms`
        : `${nameOf(last.member)} has read from the source ${last.read} ms ago`;
    const holds = last.quiet >= quiet;
    const mend = `wait until it was quiet for ${quiet} ms, or ask for less: --quiet; ${RESTARTED}`;
    return { id: 'quiet', holds, value: last.quiet, evidence, ...(holds ? {} : { mend }) };
  });
}

interface Reporting {
  readonly member: MemberRecord;
  readonly report: MemberReport;
}

/** Of something that only the processes know: nothing is known while there is one that does not tell. */
function byReport(
  id: ConditionId,
  applications: readonly MemberRecord[],
  judge: (reports: readonly [Reporting, ...Reporting[]]) => Condition,
): Condition {
  const reports = applications.flatMap((member) =>
    member.report === undefined ? [] : [{ member, report: member.report }],
  );
  const silent = applications.find(({ report }) => report === undefined);
  if (silent !== undefined)
    return unknown(id, `${nameOf(silent)} tells nothing of its work`, UPDATE);
  const [first, ...others] = reports;
  if (first === undefined)
    return unknown(id, 'no application is in the registry', 'start the application');
  return judge([first, ...others]);
}
