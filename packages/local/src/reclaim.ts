import type { BigIntStats } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperationOptions } from '@org/storage-core';
import { lifeOf } from './owner.js';
import { stagingPath } from './reserved.js';
import type { Root } from './root.js';
import { parseStagingName } from './staging.js';
import { GIVEN_UP_AFTER, sweepInterrupted } from './sweep.js';

export interface ReclaimOptions extends OperationOptions {
  /** Only counts. Default `false`. */
  readonly dryRun?: boolean | undefined;
}

export interface ReclaimResult {
  /** How many left-over files there were. */
  readonly reclaimed: number;
}

/**
 * Takes away what crashed uploads have left. A file of a process that is known to have ended goes at once; one whose
 * process can't be looked at (another host or container, an earlier boot), or that has a foreign name, goes after
 * {@link GIVEN_UP_AFTER}; one of a living process never. An upload that loses its file to a clock gone wrong fails
 * with a retryable `Conflict`.
 *
 * Best effort: garbage does no harm, and must not keep an upload from its work.
 * @returns how many that were, or would be in a dry run.
 */
export async function reclaimStaging(
  root: Root,
  { now = Date.now(), dryRun = false }: { readonly now?: number; readonly dryRun?: boolean } = {},
): Promise<number> {
  const names = await readdir(stagingPath(root)).catch(() => []);
  let reclaimed = 0;
  for (const name of names) {
    try {
      if (await reclaim(root, name, now, dryRun)) reclaimed++;
    } catch {
      // Left for the next time.
    }
  }
  return reclaimed;
}

async function reclaim(root: Root, name: string, now: number, dryRun: boolean): Promise<boolean> {
  const parsed = parseStagingName(name);
  const life = parsed === undefined ? 'unknown' : lifeOf(parsed.owner);
  if (life === 'alive') return false;
  const path = join(stagingPath(root), name);
  const stats: BigIntStats = await lstat(path, { bigint: true });
  if (life === 'unknown' && now - Number(stats.mtimeMs) < GIVEN_UP_AFTER) return false;
  if (dryRun) return true;
  await rm(path, { recursive: true, force: true });
  if (parsed !== undefined) await sweepInterrupted(root, parsed.hash, stats);
  return true;
}
