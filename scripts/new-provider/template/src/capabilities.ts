import type { Capabilities } from '@org/storage-core';

/**
 * What the store does. Declare no more than it keeps: the conformance suite holds the provider to each of these, and to refuse
 * what is `absent`.
 */
export const CAPABILITIES: Capabilities = {
  conditionalCreate: 'native',
  conditionalCreateInParts: 'native',
  conditionalUpdate: 'native',
  conditionalDelete: 'native',
  conditionalCopyCreate: 'native',
  conditionalCopyUpdate: 'native',
  metadata: 'native',
  tags: 'absent',
  multipart: 'absent',
  resumableUpload: 'absent',
  versions: 'absent',
  downloadUrls: 'absent',
  uploadTickets: 'absent',
  serverSideCopy: 'native',
};
