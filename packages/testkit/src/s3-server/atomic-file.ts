import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Replaces the file in one step: a crash of the process leaves the old content or the new. Nothing is synced, so a power
 * cut may lose what was written last. `staging` has to be on the same file system.
 */
export function replaceFile(staging: string, path: string, content: string): void {
  const temporary = join(staging, randomUUID());
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
