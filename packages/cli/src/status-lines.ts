import type { SkipReason } from '@org/storage-core';
import {
  type FileState,
  type MigrationStatus,
  REASON_NAMES,
  STATE_NAMES,
} from '@org/storage-migration';
import { counted, formatCount, formatFiles } from './format.js';

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

/** What a verification has found missing, and what to do about it; nothing if that is nothing. */
export function missingLines({ verified: { missing = 0 } }: MigrationStatus): string[] {
  if (missing === 0) return [];
  return [
    `missing from the target, as storage verify has found: ${counted(missing, 'copy', 'copies')}. Find out what removes them there; ` +
      'storage migrate --missing copies again what the source still has, and storage restore brings back before that what was retired',
  ];
}

export function skippedLines(skipped: MigrationStatus['skipped']): string[] {
  return (Object.entries(REASON_NAMES) as [SkipReason, string][]).flatMap(([reason, name]) => {
    const count = skipped[reason];
    return count === undefined ? [] : [`skipped, ${name}: ${formatCount(count)}`];
  });
}
