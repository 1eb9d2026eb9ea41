import type { BigIntStats } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepInterrupted } from './generation.js';
import { lifeOf } from './owner.js';
import { stagingPath } from './reserved.js';
import type { Root } from './root.js';
import { parseStagingName } from './staging.js';

/** Milliseconds without a write, after which a staging file of a process that can't be asked is given up: 24 hours. */
const GIVEN_UP_AFTER = 24 * 60 * 60 * 1000;

/**
 * Takes away what crashed uploads have left. A file of a process that is known to have ended goes at once; one whose
 * process can't be looked at (another host or container, an earlier boot), or that has a foreign name, goes after
 * {@link GIVEN_UP_AFTER}; one of a living process never. An upload that loses its file to a clock gone wrong fails
 * with a retryable `Conflict`.
 *
 * Best effort: garbage does no harm, and must not keep an upload from its work.
 */
export async function reclaimStaging(root: Root, now: number = Date.now()): Promise<void> {
  const names = await readdir(stagingPath(root)).catch(() => []);
  for (const name of names) {
    try {
      await reclaim(root, name, now);
    } catch {
      // Left for the next time.
    }
  }
}

async function reclaim(root: Root, name: string, now: number): Promise<void> {
  const parsed = parseStagingName(name);
  const life = parsed === undefined ? 'unknown' : lifeOf(parsed.owner);
  if (life === 'alive') return;
  const path = join(stagingPath(root), name);
  const stats: BigIntStats = await lstat(path, { bigint: true });
  if (life === 'unknown' && now - Number(stats.mtimeMs) < GIVEN_UP_AFTER) return;
  await rm(path, { recursive: true, force: true });
  if (parsed !== undefined) await sweepInterrupted(root, parsed.hash, stats);
}
