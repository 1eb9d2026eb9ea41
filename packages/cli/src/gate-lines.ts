import type { Condition, GateReport } from '@org/storage-migration';
import { printable } from './format.js';

const WORDS = { true: 'holds', false: 'SHUT', unknown: 'UNKNOWN' } as const;

/** Each condition, and each disk of another host, what it was seen from, and how to mend it; then the verdict. */
export function gateLines({ open, conditions, disks }: GateReport): string[] {
  const shut = conditions.filter(({ holds }) => holds !== true).map(({ id }) => id);
  const verdict = open ? 'The gate is open.' : `The gate is shut: ${shut.join(', ')}.`;
  const lines = [
    ...conditions.flatMap(({ id, ...found }) => linesOf(id, found)),
    ...disks.flatMap(({ name, ...found }) => linesOf(`disk ${name}`, found)),
  ];
  return [...lines, verdict];
}

function linesOf(
  what: string,
  { holds, evidence, mend }: Pick<Condition, 'holds' | 'evidence' | 'mend'>,
): string[] {
  const line = `${WORDS[`${holds}`].padEnd(8)} ${what.padEnd(12)} ${printable(evidence)}`;
  return mend === undefined ? [line] : [line, `${' '.repeat(22)}→ ${printable(mend)}`];
}
