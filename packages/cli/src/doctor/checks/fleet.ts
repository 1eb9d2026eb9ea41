import { isStorageError } from '@org/storage-core';
import {
  compatible,
  type MemberRecord,
  type Mode,
  nameOf,
  type Stage,
  systemProcesses,
} from '@org/storage-hybrid';
import { openFleet } from '../../fleet-place.js';
import { counted } from '../../format.js';
import { type Check, type Finding, failure, ok, warning } from '../check.js';
import { messageOf } from '../examine.js';
import type { Patient } from '../patient.js';

export const fleet: Check = {
  id: 'fleet',
  title: 'The registry of the application’s processes',
  hindrance: 'the registry can’t be reached',
  answers: 2,
  applies: (patient) => patient.fleet !== undefined,
  async run(patient) {
    if (patient.fleet === undefined) return [];
    const found = await openFleet(patient.fleet, patient.s3).catch((error: unknown) => {
      if (isStorageError(error, 'NotFound')) return error;
      throw error;
    });
    if (found instanceof Error) {
      const mend = 'the application makes it when it starts; if it runs, it uses another one';
      return [warning(found.message, mend)];
    }
    await using opened = found;
    const { registry } = opened;
    let members: readonly MemberRecord[];
    let wanted: Mode | undefined;
    try {
      members = (await registry.list()).map(({ member }) => member);
      wanted = (await registry.wanted())?.wanted.mode;
    } catch (error) {
      return [
        failure(messageOf(error), 'look at the address, and whether it can be reached from here'),
      ];
    }
    const set = wanted === undefined ? 'no mode is set' : `the mode ${wanted} is set`;
    return [
      ok(`${counted(members.length, 'process is', 'processes are')} registered, ${set}`),
      ...stale(members),
      ...apart(members, patient),
    ];
  },
};

/** Processes of this host that are known to have ended; of others, only who watches can say. */
function stale(members: readonly MemberRecord[]): Finding[] {
  const gone = members.filter(
    ({ pid, process }) => systemProcesses.state(pid, process) === 'ended',
  );
  if (gone.length === 0) return [];
  return [
    warning(
      `gone, and still in it: ${names(gone)}`,
      'storage fleet --watch removes them when what they had sent is over',
    ),
  ];
}

/** Those beside which the mode must not be entered. */
function apart(members: readonly MemberRecord[], { mode }: Patient): Finding[] {
  const mine: readonly Stage[] = mode === 'hybrid' ? ['hybrid', 'settled'] : [mode];
  const others = members.filter(({ stages }) =>
    stages.some((stage) => mine.every((own) => !compatible(own, stage))),
  );
  if (others.length === 0) return [];
  return [
    failure(
      `the mode ${mode} may not run beside ${names(others)}`,
      'bring all processes to the mode before it first: storage fleet shows where each is',
    ),
  ];
}

function names(members: readonly MemberRecord[]): string {
  const more = members.length > 3 ? ` and ${members.length - 3} more` : '';
  const told = members.slice(0, 3).map((each) => `${nameOf(each)} in ${each.stages.join(' and ')}`);
  return `${told.join(', ')}${more}`;
}
