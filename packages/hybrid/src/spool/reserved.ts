/** Keys of the spool’s store that begin so are no entries. Files of such keys are never spooled. */
const RESERVED = '.spool/';

export const CLAIMS = `${RESERVED}claims/`;
export const CONFLICTS = `${RESERVED}conflicts/`;

export function isReserved(key: string): boolean {
  return key.startsWith(RESERVED);
}
