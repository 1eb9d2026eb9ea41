import { isStorageError, type StorageError } from '@org/storage-core';
import type { Patience, Place } from '../../trial/place.js';
import {
  PERMISSIONS,
  type Permission,
  type PermissionReport,
  type PermissionTrial,
} from './permission.js';
import { TrialObject, Untried } from './trial-object.js';

/**
 * Sends each request once, to a random key in the reserved prefix, and removes what that has made, whatever happens. Those
 * who may not write have nothing there: their reads are told by how the server refuses them a missing object.
 * @param wanted in any order; they are tried in that of {@link PERMISSIONS}.
 * @throws StorageError `Aborted` when the signal has fired, after the removal.
 */
export async function tryPermissions(
  place: Place,
  wanted: readonly Permission[],
  patience: Patience,
): Promise<PermissionReport> {
  const object = new TrialObject(place, patience);
  let trials: readonly PermissionTrial[] = [];
  let left: readonly string[] = [];
  try {
    trials = await tried(object, wanted);
  } finally {
    left = await object.cleanUp();
  }
  return { trials, left };
}

async function tried(
  object: TrialObject,
  wanted: readonly Permission[],
): Promise<PermissionTrial[]> {
  const trials: PermissionTrial[] = [];
  let silent = false;
  for (const permission of Object.keys(PERMISSIONS) as Permission[]) {
    // as its type has it
    if (!wanted.includes(permission)) continue;
    const action = PERMISSIONS[permission];
    if (silent) {
      trials.push({ permission, action, outcome: 'untried' });
      continue;
    }
    const found = await outcomeOf(object.requests[permission]);
    silent = found.error?.code === 'Timeout';
    trials.push({ permission, action, ...found });
  }
  return trials;
}

async function outcomeOf(
  request: () => Promise<unknown>,
): Promise<Pick<PermissionTrial, 'outcome' | 'error'>> {
  try {
    await request();
    return { outcome: 'allowed' };
  } catch (error) {
    if (error instanceof Untried) return { outcome: 'untried' };
    if (!isStorageError(error) || error.code === 'Aborted') throw error;
    return { outcome: OUTCOMES[error.code] ?? 'failed', error };
  }
}

const OUTCOMES: Readonly<Partial<Record<StorageError['code'], PermissionTrial['outcome']>>> = {
  AccessDenied: 'denied',
  Unsupported: 'unsupported',
};
