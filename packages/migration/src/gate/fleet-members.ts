import { isStorageError, type StorageError } from '@org/storage-core';
import type { FleetRegistry, MemberRecord } from '@org/storage-hybrid';
import type { Witness } from '../journal/source-look.js';

/** The fleet's members, or why they can't be told. */
export async function membersOf(
  registry: FleetRegistry,
): Promise<readonly MemberRecord[] | StorageError> {
  try {
    return (await registry.list()).map(({ member }) => member);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return error;
  }
}

/** Whether no process of the application writes to the source where this one is. */
export function isBeyondHandOver({ stages }: MemberRecord): boolean {
  return stages.every((stage) => stage === 'settled' || stage === 'target');
}

/**
 * Who keeps the fleet beyond the hand-over, if all applications are: beside a member in one of these stages, nobody enters one in which
 * it writes to the source. None of an older release, which does not tell since when it has been there.
 */
export function witnessesOf(members: readonly MemberRecord[]): readonly Witness[] {
  const applications = members.filter(({ role }) => role === 'application');
  if (applications.length === 0 || !applications.every(isBeyondHandOver)) return [];
  return members
    .filter(isBeyondHandOver)
    .flatMap(({ id, since }) => (since === undefined ? [] : [{ id, since }]));
}

/** Whether one of them has been where it was ever since. */
export function isWitnessed(
  witnesses: readonly Witness[],
  members: readonly MemberRecord[],
): boolean {
  return witnesses.some(({ id, since }) =>
    members.some((member) => member.id === id && member.since === since),
  );
}
