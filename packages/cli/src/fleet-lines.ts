import type { MemberRecord, WantedMode } from '@org/storage-hybrid';
import { formatFiles, formatSeconds, printable } from './format.js';

/** The mode that was set, in a line. */
export function wantedLine(wanted: WantedMode | undefined): string {
  if (wanted === undefined) return 'wanted mode: none was set, each process goes by its own';
  return `wanted mode: ${wanted.mode} (set from ${printable(wanted.host)}, ${wanted.at})`;
}

/** A process, in a few lines. */
export function memberLines(member: MemberRecord): string[] {
  const { role, pid, host, id, stages, scope, started, note, report } = member;
  const of = scope === undefined ? '' : `, disk ${printable(scope)}`;
  const about = `${note === undefined ? '' : `, ${printable(note)}`}${of}`;
  const lines = [
    `${role} ${pid} on ${printable(host)}: ${stages.join(' and ')}`,
    `  since ${printable(started)}${about} (${id})`,
  ];
  if (report === undefined) return lines;
  const { follows, watched, sourceRead, spool, obstacle } = report;
  const last =
    sourceRead === undefined
      ? `none in ${formatSeconds(watched / 1000)}`
      : `${formatSeconds(sourceRead / 1000)} ago`;
  lines.push(`  last read from the source: ${last}`);
  if (spool !== 'none') {
    lines.push(
      spool === 'unknown'
        ? '  spool: its disk does not answer'
        : `  spool: ${formatFiles({ files: spool.entries, bytes: spool.bytes })}`,
    );
  }
  if (!follows) lines.push('  does not go by the registry’s mode');
  if (obstacle !== undefined) lines.push(`  in the way: ${printable(obstacle)}`);
  return lines;
}
