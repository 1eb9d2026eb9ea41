import { counted, printable } from '../format.js';
import type { Level } from './check.js';
import type { Examined } from './examine.js';
import type { DoctorReport } from './report.js';

const WORDS: Readonly<Record<Level, string>> = {
  ok: 'ok',
  note: 'note',
  warning: 'WARNING',
  failure: 'FAILURE',
};

const COLUMN = { word: 8, id: 14 } as const;

/** Each finding, and how to mend it; then how many there are. */
export function doctorLines({ checks, counts }: DoctorReport): string[] {
  return [...checks.flatMap(linesOf), summary(counts)];
}

function linesOf({ id, findings, skipped }: Examined): string[] {
  if (skipped !== undefined) return [line('skipped', id, `since ${skipped}`)];
  return findings.flatMap(({ level, text, mend }) => {
    const told = line(WORDS[level], id, text);
    if (mend === undefined) return [told];
    return [told, `${' '.repeat(COLUMN.word + COLUMN.id + 2)}→ ${printable(mend)}`];
  });
}

function line(word: string, id: string, text: string): string {
  return `${word.padEnd(COLUMN.word)} ${id.padEnd(COLUMN.id)} ${printable(text)}`;
}

function summary({ failure, warning, skipped }: DoctorReport['counts']): string {
  const parts = [
    count(failure, 'failure'),
    count(warning, 'warning'),
    skipped === 0 ? '' : `${count(skipped, 'check')} skipped`,
  ].filter((part) => part !== '');
  return `${parts.join(', ')}.`;
}

function count(number: number, what: string): string {
  return number === 0 ? `no ${what}s` : counted(number, what);
}
