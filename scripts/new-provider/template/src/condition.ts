import { type Condition, type FileMetadata, StorageError } from '@org/storage-core';

/** @throws StorageError `AlreadyExists`, `PreconditionFailed`. */
export function checkCondition(
  current: FileMetadata | undefined,
  condition: Condition | undefined,
): void {
  if (condition === undefined) return;
  if (condition.type === 'absent') {
    if (current === undefined) return;
    throw new StorageError('AlreadyExists', `${current.key} exists already`);
  }
  if (current?.etag === condition.etag) return;
  const found = current === undefined ? 'there is no such file' : 'it has changed';
  throw new StorageError('PreconditionFailed', `the file is not the expected version: ${found}`);
}
