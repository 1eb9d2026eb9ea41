import { abortError } from '@org/storage-core';
import { type Check, type Finding, failure } from './check.js';
import type { Patient } from './patient.js';

/** What came of a check. */
export interface Examined {
  readonly id: string;
  readonly title: string;
  /** Empty where it was skipped. */
  readonly findings: readonly Finding[];
  /** Why nothing was looked at: `the server can’t be reached`. */
  readonly skipped?: string;
}

/**
 * Makes all checks that apply, those at once that do not need each other. One that does not end in time is a failure, and is waited
 * for only so that it can tidy up.
 * @param checks each behind those that it needs.
 * @throws StorageError `Aborted` when the signal has fired, after what was under way has tidied up.
 */
export async function examine(
  checks: readonly Check[],
  patient: Patient,
  signal: AbortSignal,
): Promise<readonly Examined[]> {
  const made = new Map<string, Promise<Made>>();
  const tidied: Promise<unknown>[] = [];
  for (const check of checks) {
    if (check.applies?.(patient) === false) continue;
    const needed = (check.needs ?? []).flatMap((id) => made.get(id) ?? []);
    made.set(check.id, make(check, needed, { patient, signal, tidied }));
  }
  const all = await Promise.all(made.values());
  await inTime(Promise.all(tidied), patient.limit, () => []);
  if (signal.aborted) throw abortError(signal);
  return all.map(({ examined }) => examined);
}

interface Made {
  readonly examined: Examined;
  /** Why what needs it is skipped. */
  readonly hindrance: string | undefined;
}

interface Occasion {
  readonly patient: Patient;
  readonly signal: AbortSignal;
  /** What has to end before the process may. */
  readonly tidied: Promise<unknown>[];
}

async function make(
  check: Check,
  needed: readonly Promise<Made>[],
  occasion: Occasion,
): Promise<Made> {
  const { id, title } = check;
  for (const { hindrance } of await Promise.all(needed)) {
    if (hindrance === undefined) continue;
    return { examined: { id, title, findings: [], skipped: hindrance }, hindrance };
  }
  const findings = await found(check, occasion);
  const failed = findings.some(({ level }) => level === 'failure');
  return { examined: { id, title, findings }, hindrance: failed ? check.hindrance : undefined };
}

async function found(
  check: Check,
  { patient, signal, tidied }: Occasion,
): Promise<readonly Finding[]> {
  const late = new AbortController();
  const limit = patient.limit * (check.answers ?? 1);
  const run = attempted(check, patient, AbortSignal.any([signal, late.signal]));
  tidied.push(run);
  return inTime(run, limit, () => {
    late.abort();
    return [failure(`no answer within ${limit / 1000} s`)];
  });
}

async function attempted(
  check: Check,
  patient: Patient,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    return await check.run(patient, signal);
  } catch (error) {
    return [failure(messageOf(error))];
  }
}

/** What comes first: the result, or what is told when the time is over. @param limit milliseconds. */
async function inTime<T>(result: Promise<T>, limit: number, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), limit);
  });
  return Promise.race([result, over]).finally(() => clearTimeout(timer));
}

/** An `AggregateError` of Node’s has no message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
