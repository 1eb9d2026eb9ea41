import { randomBytes } from 'node:crypto';
import { invalidArgument } from './error.js';

/** The id of what is written while versioning is not enabled. */
export const NULL_VERSION = 'null';

const SEQUENCE_CHARACTERS = 11;

/**
 * An id as opaque as those of S3: 32 characters. It begins with the sequence number, so that a listing can go on behind
 * a version that has been deleted meanwhile.
 */
export function newVersionId(sequence: number): string {
  const number = sequence.toString(36).padStart(SEQUENCE_CHARACTERS, '0');
  return `${number}${randomBytes(16).toString('base64url').slice(0, 21)}`;
}

/** The sequence number in an id; undefined for `null` and for what is no id. */
export function sequenceOf(versionId: string): number | undefined {
  if (!/^[0-9a-z]{11}[\w-]{21}$/.test(versionId)) return undefined;
  return Number.parseInt(versionId.slice(0, SEQUENCE_CHARACTERS), 36);
}

/** Throws what S3 answers to a version id that can't be one. */
export function checkVersionId(versionId: string, parameter = 'versionId'): string {
  if (versionId === '') {
    throw invalidArgument('Version id cannot be the empty string', parameter, versionId);
  }
  if (versionId !== NULL_VERSION && sequenceOf(versionId) === undefined) {
    throw invalidArgument('Invalid version id specified', parameter, versionId);
  }
  return versionId;
}
