import type { Capabilities, Capability, StorageProvider, Support } from '@org/storage-core';

const WEAKEST: readonly Support[] = ['absent', 'emulated', 'cooperative', 'native'];

/**
 * What can be relied on in every mode: what both stores can. A conditional delete is a conditional write of a tombstone; a
 * conditional copy passes through this process where a store has none.
 */
export function commonCapabilities(source: StorageProvider, target: StorageProvider): Capabilities {
  const both = (a: Capability, b: Capability = a): Support => {
    const supports = [source.capabilities[a], target.capabilities[b]];
    return WEAKEST.find((support) => supports.includes(support)) ?? 'absent';
  };
  const copy = (copyIf: Capability, writeIf: Capability): Support =>
    both(copyIf) === 'native' ? 'native' : both(writeIf) === 'absent' ? 'absent' : 'emulated';
  return {
    conditionalCreate: both('conditionalCreate'),
    conditionalCreateInParts: both('conditionalCreateInParts'),
    conditionalUpdate: both('conditionalUpdate'),
    conditionalDelete: both('conditionalDelete', 'conditionalUpdate'),
    conditionalCopyCreate: copy('conditionalCopyCreate', 'conditionalCreate'),
    conditionalCopyUpdate: copy('conditionalCopyUpdate', 'conditionalUpdate'),
    metadata: both('metadata'),
    tags: 'absent',
    multipart: 'absent',
    resumableUpload: 'absent',
    versions: 'absent',
    downloadUrls: both('downloadUrls'),
    uploadTickets: 'absent',
    serverSideCopy: both('serverSideCopy'),
  };
}
