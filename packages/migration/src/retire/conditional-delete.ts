import { isAtomic, StorageError, type StorageProvider } from '@org/storage-core';

/**
 * Where a server looks first and deletes then, as Ceph does, a write between the two is deleted with what was seen.
 * @param alternative What can be done instead: a sentence.
 * @throws StorageError `Unsupported`, operation `requireConditionalDelete`.
 */
export function requireConditionalDelete(target: StorageProvider, alternative = ''): void {
  if (isAtomic(target.capabilities.conditionalDelete)) return;
  throw new StorageError(
    'Unsupported',
    `${target.name} can’t delete a file only if it is still the same: what an application writes at that moment would be lost${alternative && `. ${alternative}`}`,
    { operation: 'requireConditionalDelete', provider: target.name },
  );
}
