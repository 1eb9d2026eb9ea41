import type { Condition, GateReport } from '@org/storage-migration';
import { printable } from './format.js';

const WORDS = { true: 'holds', false: 'SHUT', unknown: 'UNKNOWN' } as const;

/** Each condition, what it was seen from, and how to mend it; then the verdict. */
export function gateLines({ open, conditions }: GateReport): string[] {
  const shut = conditions.filter(({ holds }) => holds !== true).map(({ id }) => id);
  const verdict = open ? 'The gate is open.' : `The gate is shut: ${shut.join(', ')}.`;
  return [...conditions.flatMap(conditionLines), verdict];
}

function conditionLines({ id, holds, evidence, mend }: Condition): string[] {
  const line = `${WORDS[`${holds}`].padEnd(8)} ${id.padEnd(12)} ${printable(evidence)}`;
  return mend === undefined ? [line] : [line, `${' '.repeat(22)}→ ${printable(mend)}`];
}
