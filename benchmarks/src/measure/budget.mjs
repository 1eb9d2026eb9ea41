import { each } from './result.mjs';

/**
 * Holds results against goals.
 * @param goals `{ page, case, contestant, measure, most, to, toCase?, reason, source }`: of the median of `measure` (`cpu`, `wall`: for one operation;
 * `memory`: the peak), how many times that of `to` (a contestant, or several: the best of them; of `toCase` instead of the same case) there may be. `contestant`,
 * too, may be several, of which the best has to hold it.
 * @param results by page, as `resultOf` gives them.
 * @returns each goal with what was `measured` and whether it is `held`: `undefined` where it was not measured, and then `why`.
 */
export function compare(goals, results) {
  return goals.map((goal) => {
    const of = (name) => (results[goal.page] ?? []).find((result) => result.name === name);
    const ours = best(of(goal.case), goal.contestant, goal.measure);
    const theirs = best(of(goal.toCase ?? goal.case), goal.to, goal.measure);
    const why = ours.why ?? theirs.why;
    if (why !== undefined) return { ...goal, measured: undefined, held: undefined, why };
    const measured = ours.value / theirs.value;
    return { ...goal, measured, held: measured <= goal.most };
  });
}

function best(result, contestants, measure) {
  if (result === undefined) return { why: 'the case was not run' };
  const names = [contestants].flat();
  const rows = result.results.filter(({ contestant }) => names.includes(contestant));
  const values = rows.flatMap((row) => medianOf(row, measure) ?? []);
  if (values.length === 0) return { why: `no ${measure} of ${names.join(', ')}` };
  return { value: Math.min(...values) };
}

function medianOf(row, measure) {
  return measure === 'memory' ? row.peakMemory : each(row, measure);
}

/** A table for the terminal. */
export function budgetTable(compared) {
  const rows = [
    ['held', 'measured', 'goal', 'what'],
    ...compared.map((goal) => [
      { true: 'yes', false: 'NO' }[goal.held] ?? '–',
      goal.measured === undefined ? '' : `${goal.measured.toFixed(2)}×`,
      `≤ ${goal.most}×`,
      `${goal.case}: ${goal.measure} of ${told(goal.contestant)}, to ${told(goal.to)}${goal.toCase === undefined ? '' : ` in "${goal.toCase}"`}${goal.why === undefined ? '' : ` (${goal.why})`}`,
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n');
}

function told(names) {
  const all = [names].flat();
  return all.length > 2 ? `the best of ${all.length}` : all.join(' or ');
}
