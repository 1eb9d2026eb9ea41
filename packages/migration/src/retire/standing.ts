import type { Look } from '@org/storage-hybrid';
import type { FileState } from '../journal/file-record.js';

/** The journal's state of a file that the application has changed in the target. */
export function stateOf(seen: Exclude<Look, { type: 'absent' }>): FileState {
  return seen.type === 'tombstone' ? 'deleted' : 'superseded';
}
