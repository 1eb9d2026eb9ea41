import type { SkipReason } from '@org/storage-core';
import {
  type FileState,
  type MigrationStatus,
  REASON_NAMES,
  STATE_NAMES,
} from '@org/storage-migration';
import { formatCount, formatFiles } from './format.js';

/** A migration's standing in a few lines; what is zero is left out. */
export function statusLines({ source, target, files, skipped }: MigrationStatus): string[] {
  const lines = [`${source} → ${target}`];
  for (const [state, name] of Object.entries(STATE_NAMES) as [FileState, string][]) {
    const count = files[state];
    if (count.files > 0) {
      lines.push(`${name}: ${formatFiles(count)}`);
    }
  }
  return [...lines, ...skippedLines(skipped)];
}

export function skippedLines(skipped: MigrationStatus['skipped']): string[] {
  return (Object.entries(REASON_NAMES) as [SkipReason, string][]).flatMap(([reason, name]) => {
    const count = skipped[reason];
    return count === undefined ? [] : [`skipped, ${name}: ${formatCount(count)}`];
  });
}
