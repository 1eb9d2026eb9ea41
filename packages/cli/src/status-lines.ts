import type { SkipReason } from '@org/storage-core';
import type { FileState, MigrationStatus } from '@org/storage-migration';
import { formatBytes, formatCount } from './format.js';

const STATES: Readonly<Record<FileState, string>> = {
  copied: 'copied',
  present: 'already there',
  pending: 'to do',
  conflict: 'in conflict',
  failed: 'failed',
  gone: 'gone meanwhile',
  superseded: 'overwritten by the application',
  deleted: 'deleted by the application',
  lost: 'lost',
};

const REASONS: Readonly<Record<SkipReason, string>> = {
  link: 'symbolic links',
  special: 'sockets, FIFOs or devices',
  'invalid-name': 'names that are no keys',
  unreadable: 'unreadable',
};

/** A migration's standing in a few lines; what is zero is left out. */
export function statusLines({ source, target, files, skipped }: MigrationStatus): string[] {
  const lines = [`${source} → ${target}`];
  for (const [state, name] of Object.entries(STATES) as [FileState, string][]) {
    const count = files[state];
    if (count.files > 0) {
      lines.push(`${name}: ${formatCount(count.files)} files, ${formatBytes(count.bytes)}`);
    }
  }
  for (const [reason, name] of Object.entries(REASONS) as [SkipReason, string][]) {
    const count = skipped[reason];
    if (count !== undefined) lines.push(`skipped: ${formatCount(count)} ${name}`);
  }
  return lines;
}
