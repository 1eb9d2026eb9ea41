import { StorageError } from '@org/storage-core';

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Bytes that PostgreSQL keeps of a name. */
const LONGEST_SCHEMA = 63;

/**
 * For a disk's name: lower-case letters, digits and single hyphens between them.
 * @throws StorageError `InvalidArgument`.
 */
export function checkDiskName(name: string): void {
  if (NAME.test(name)) return;
  throw new StorageError(
    'InvalidArgument',
    `${JSON.stringify(name)} can’t be the name of a disk: it has lower-case letters, digits and single hyphens between them, such as web-1`,
  );
}

/**
 * The schema of a disk's journal. No two disks have the same, since no name has two hyphens in a row.
 * @param schema That of the migration.
 * @throws StorageError `InvalidArgument`.
 */
export function diskSchema(schema: string, name: string): string {
  checkDiskName(name);
  const own = `${schema}__${name.replaceAll('-', '_')}`;
  if (own.length <= LONGEST_SCHEMA) return own;
  throw new StorageError(
    'InvalidArgument',
    `the schema ${own} of the disk ${name} would have ${own.length} characters, of which there are ${LONGEST_SCHEMA} at most: give the disk a shorter name`,
  );
}

/** The disk whose journal is in a schema; `undefined` for any other schema. */
export function diskOfSchema(schema: string, own: string): string | undefined {
  const name = own.startsWith(`${schema}__`) ? own.slice(schema.length + 2) : '';
  const disk = name.replaceAll('_', '-');
  return NAME.test(disk) ? disk : undefined;
}
