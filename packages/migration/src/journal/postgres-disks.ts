import { StorageError } from '@org/storage-core';
import type { PostgresClient } from '../postgres-client.js';
import { diskOfSchema } from './disk-name.js';
import type { Disk, Endpoints } from './journal.js';
import { endpointsOf, text } from './row.js';

/** A migration's endpoints on one of its disks. */
export type DiskEndpoints = Endpoints & { readonly disk: Disk };

const SCHEMAS = `
  SELECT nspname AS name FROM pg_namespace
  WHERE left(nspname, length($1) + 2) = $1 || '__' AND to_regclass(quote_ident(nspname) || '.endpoints') IS NOT NULL
  ORDER BY nspname COLLATE "C"`;

/** The disks of a migration: those that have a journal. */
export async function disksIn(
  connection: PostgresClient,
  schema: string,
): Promise<readonly DiskEndpoints[]> {
  const disks: DiskEndpoints[] = [];
  const { rows } = await connection.query(SCHEMAS, [schema]);
  for (const row of rows) {
    const own = text(row, 'name');
    const name = diskOfSchema(schema, own);
    if (name === undefined) continue;
    const endpoints = await endpointsIn(connection, own);
    // A schema of somebody else's may be called so.
    if (endpoints?.disk?.name === name) disks.push({ ...endpoints, disk: endpoints.disk });
  }
  return disks;
}

/** @param schema With a table of that name, of whatever release. */
async function endpointsIn(
  connection: PostgresClient,
  schema: string,
): Promise<Endpoints | undefined> {
  const { rows } = await connection.query(
    `SELECT found->>'source' AS source, found->>'target' AS target, found->>'disk' AS disk, found->>'disk_id' AS disk_id
     FROM (SELECT to_jsonb(e) AS found FROM "${schema}".endpoints e) AS rows`,
  );
  return rows[0] === undefined ? undefined : endpointsOf(rows[0]);
}

/**
 * Keeps one migration from having journals of disks and one of no disk, disks with different targets, or one disk by two names.
 * @param schema Of the migration.
 * @throws StorageError `InvalidArgument`.
 */
export async function checkBesideOthers(
  connection: PostgresClient,
  schema: string,
  { target, disk }: Endpoints,
): Promise<void> {
  const refuse = (message: string) => new StorageError('InvalidArgument', message);
  const others = (await disksIn(connection, schema)).filter(
    (each) => each.disk.name !== disk?.name,
  );
  if (disk === undefined) {
    if (others.length === 0) return;
    const names = others.map((each) => each.disk.name).join(', ');
    throw refuse(`the migration in the schema ${schema} has disks: name the one (${names})`);
  }
  const { rows } = await connection.query("SELECT to_regclass($1 || '.endpoints') AS name", [
    `"${schema}"`,
  ]);
  if (rows[0]?.['name'] !== null && (await endpointsIn(connection, schema)) !== undefined) {
    throw refuse(
      `the schema ${schema} has the journal of a migration without disks; name another schema for one that has them`,
    );
  }
  for (const other of others) {
    const { name, id } = other.disk;
    if (other.target !== target) {
      throw refuse(
        `the disk ${name} of the migration in the schema ${schema} goes to ${other.target}, not to ${target}; name another schema for another migration`,
      );
    }
    if (id !== undefined && id === disk.id) {
      throw refuse(
        `this is the disk ${name}, which has a journal already: ${disk.name} can’t be its name, too`,
      );
    }
  }
}
