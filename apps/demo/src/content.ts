import { createHash } from 'node:crypto';

/** Processes of the application. */
export const PROCESSES = 2;

/** Users of each, who work at the same time. */
export const USERS = 4;

/** Files that are there when the migration begins. */
export const FILES = Number(process.env['STORAGE_DEMO_FILES'] ?? 1_000);

/** A file's key. It belongs to one user of one process, who alone writes it and so knows what it must hold. */
export function keyOf(file: number): string {
  return `users/${file % (PROCESSES * USERS)}/${Math.floor(file / 100)}/${file}.txt`;
}

/** What a version of a file holds: up to 32 KiB, told by its key and the version's number. */
export function contentOf(key: string, version: number): Buffer {
  const digest = createHash('sha256').update(`${key} ${version}`).digest();
  return Buffer.alloc(digest.readUInt16BE(0) >> 1, digest.toString('hex'));
}
