import { StorageError } from '@org/storage-core';
import { isStage, type Stage } from '../mode.js';
import { type MemberReport, parseReport } from './report.js';

/** What a member of the fleet does: it serves an application, or it copies, cuts over or sweeps. */
export type Role = 'application' | 'migrator';

const ROLES: readonly string[] = ['application', 'migrator'] satisfies readonly Role[];

/** What one process tells the others of itself. */
export interface MemberRecord {
  /** 1 to 64 letters, digits and hyphens; never used again by another process. */
  readonly id: string;
  readonly role: Role;
  /** One, or several while it moves from one to the next. */
  readonly stages: readonly Stage[];
  /** Grows with every version of the record, so that no two have the same content. */
  readonly beat: number;
  /**
   * The beat that brought it into these stages: as long as that is the same, it has not been elsewhere in between. `undefined` for
   * an older release.
   */
  readonly since?: number | undefined;
  /** What a migrator works on, where others may work beside it: see `requireStages`. */
  readonly scope?: string | undefined;
  /** Those that a migrator works together with: see `requireStages`. */
  readonly group?: string | undefined;
  /** What a migrator does, where its own late requests are not in its way: see `requireStages`. */
  readonly task?: string | undefined;
  /** ms after which this member may be taken for gone, by others who have seen no new beat all the while. */
  readonly drain: number;
  /**
   * ms after its process has ended for which requests that it had sent may still be carried out. `undefined` for an older release:
   * as long as `drain`.
   */
  readonly margin?: number | undefined;
  /** ms between two beats; `undefined` for an older release. */
  readonly heartbeat?: number | undefined;
  /** Tells its process from all others of its host: see `Processes`. `undefined` where that can’t be known. */
  readonly process?: string | undefined;
  /** `undefined` where it tells of nothing: an older release, or no provider that works through it. */
  readonly report?: MemberReport | undefined;
  /** This and the rest are for people only. */
  readonly host: string;
  readonly pid: number;
  /** ISO 8601, by the clock of its host. */
  readonly started: string;
  readonly note?: string | undefined;
}

/** Of the JSON form. A release that changes what a record means counts it up, so that older ones refuse it. */
const FORMAT = 1;

/** The JSON form of a record. */
export function encodeMemberRecord(member: MemberRecord): string {
  const { id, role, stages, beat, since, scope, group, task, ...others } = member;
  const { drain, margin, heartbeat, process, report, host, pid, started, note } = others;
  const timing = { drain, margin, heartbeat };
  const about = { since, scope, group, task, ...timing, report, host, pid, process, started, note };
  const fields = { id, role, stages, beat, ...about };
  return JSON.stringify({ format: FORMAT, ...fields });
}

/**
 * Reads what {@link encodeMemberRecord} wrote.
 * @param id Under which it was found.
 * @param place Where: for the error.
 * @throws StorageError `Unsupported` for anything else: a record that is not understood is never taken for absence.
 */
export function parseMemberRecord(text: string, id: string, place: string): MemberRecord {
  const found = parseObject(text);
  const problem = found === undefined ? 'it is no JSON object' : problemOf(found, id);
  if (problem !== undefined) throw notUnderstood(place, problem);
  const { role, stages, beat, since, scope, group, task, ...others } =
    found as unknown as MemberRecord; // as was just checked
  const { drain, margin, heartbeat, process, host, pid, started, note } = others;
  const report = parseReport(found?.['report']);
  return {
    ...{ id, role, stages, beat, drain, host, pid, started },
    ...(since === undefined ? {} : { since }),
    ...(scope === undefined ? {} : { scope }),
    ...(group === undefined ? {} : { group }),
    ...(task === undefined ? {} : { task }),
    ...(margin === undefined ? {} : { margin }),
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(process === undefined ? {} : { process }),
    ...(report === undefined ? {} : { report }),
    ...(note === undefined ? {} : { note }),
  };
}

/** For messages. */
export function nameOf({ role, pid, host, id }: MemberRecord): string {
  return `the ${role} ${pid} on ${host} (${id})`;
}

/** The error for something in a registry that this release does not understand. */
export function notUnderstood(place: string, problem: string): StorageError {
  return new StorageError(
    'Unsupported',
    `${place} is not a record of the fleet that this release understands: ${problem}`,
  );
}

/** A JSON object, or `undefined`. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null && !Array.isArray(found)
      ? (found as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

const isTime: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value > 0;

const FIELDS: Readonly<Record<Exclude<keyof MemberRecord, 'id'>, Check>> = {
  role: (value) => typeof value === 'string' && ROLES.includes(value),
  stages: (value) => Array.isArray(value) && value.length > 0 && value.every(isStage),
  beat: isCount,
  since: (value) => value === undefined || isCount(value),
  scope: (value) => value === undefined || isText(value),
  group: (value) => value === undefined || isText(value),
  task: (value) => value === undefined || isText(value),
  drain: isTime,
  margin: (value) => value === undefined || isTime(value),
  heartbeat: (value) => value === undefined || isTime(value),
  process: (value) => value === undefined || isText(value),
  report: (value) => value === undefined || parseReport(value) !== undefined,
  host: isText,
  pid: isCount,
  started: isText,
  note: (value) => value === undefined || isText(value),
};

function problemOf(found: Readonly<Record<string, unknown>>, id: string): string | undefined {
  const format = found['format'];
  if (typeof format === 'number' && format > FORMAT) return 'it was written by a newer release';
  if (format !== FORMAT) return `its format is ${JSON.stringify(format)}`;
  if (found['id'] !== id) return `its id is ${JSON.stringify(found['id'])}`;
  const wrong = Object.entries(FIELDS).find(([name, check]) => !check(found[name]));
  return wrong && `its ${wrong[0]} is ${JSON.stringify(found[wrong[0]])}`;
}

const ID = /^[A-Za-z0-9-]{1,64}$/;

/** @throws StorageError `InvalidArgument`. */
export function checkMemberId(id: string): void {
  if (ID.test(id)) return;
  throw new StorageError(
    'InvalidArgument',
    `a member’s id has 1 to 64 letters, digits and hyphens: ${JSON.stringify(id)} has not`,
  );
}
