import type { Capabilities } from '@org/storage-core';

/**
 * The target’s, without what goes around the spool: a file that is uploaded by a ticket or in parts of one’s own would be hidden
 * by an entry.
 */
export function spooledCapabilities(target: Capabilities, store: Capabilities): Capabilities {
  return {
    ...target,
    tags: store.tags === 'absent' ? 'absent' : target.tags,
    multipart: 'absent',
    resumableUpload: 'absent',
    versions: 'absent',
    uploadTickets: 'absent',
  };
}
