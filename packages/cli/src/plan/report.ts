import type { MigrationPlan, ProblemSummary } from '@org/storage-migration';
import { counted, formatCount, formatFiles, printable } from '../format.js';
import type { Paint } from '../watch/colour.js';
import { ADVICE } from './advice.js';
import { costSection } from './cost-section.js';
import { inventorySection } from './inventory-section.js';
import { clip, wrap } from './layout.js';
import { timeSection } from './time-section.js';

/** What a report is about, and what it looks like. */
export interface ReportContext {
  /** The directory. */
  readonly source: string;
  /** The bucket, as for people. */
  readonly target?: string | undefined;
  /** Why there are no costs. */
  readonly noPrices?: string | undefined;
  /** Command lines to go on with. */
  readonly next: readonly string[];
  readonly columns: number;
  readonly paint: Paint;
}

/** A plan as lines for people. */
export function reportLines(plan: MigrationPlan, context: ReportContext): string[] {
  const { source, target, columns, paint } = context;
  const title = target === undefined ? source : `${source} → ${target}`;
  const { files, bytes, directories } = plan.inventory;
  return [
    paint('bold', clip(printable(title), columns)),
    `${formatFiles({ files, bytes })}, in ${counted(directories, 'directory', 'directories')}`,
    ...section('Inventory', inventorySection(plan.inventory, columns), paint),
    ...section('Problems', problemSection(plan, context), paint),
    ...section('Time', timeSection(plan, context), paint),
    ...section('Cost', costSection(plan, context), paint),
    ...section('Next', nextSection(plan, context), paint),
  ];
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  if (lines.length === 0) return [];
  return ['', paint('bold', title), ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}

function problemSection(plan: MigrationPlan, context: ReportContext): string[] {
  const { columns, paint } = context;
  const { opened, collisions, clock } = plan.checked;
  const notes = [
    ...(opened ? [] : ['Files were not opened: whether all can be is not known.']),
    ...(collisions ? [] : ['Keys were not compared without case and Unicode form.']),
    ...(clock === 'source'
      ? []
      : [
          'Times were compared with this machine’s clock, since the file system does not tell its own.',
        ]),
  ];
  const found = plan.problems.flatMap((problem, index) => [
    ...(index === 0 ? [] : ['']),
    ...problemLines(problem, columns - 2, paint),
  ]);
  const none = plan.problems.length === 0 ? [paint('green', 'none found')] : [];
  return [
    ...none,
    ...found,
    ...(found.length > 0 && notes.length > 0 ? [''] : []),
    ...notes.flatMap((note) => wrap(note, columns - 2)),
  ];
}

const INDENT = 10;

function problemLines(problem: ProblemSummary, width: number, paint: Paint): string[] {
  const { kind, count, examples, accepted } = problem;
  const [label, style] = labelOf(problem);
  const { what, toDo } = ADVICE[kind];
  const indented = (text: string) => ' '.repeat(INDENT) + text;
  const more = count - examples.length;
  const [head = '', ...rest] = wrap(counted(count, ...what), width - INDENT);
  return [
    paint(style, label.padEnd(INDENT)) + head,
    ...rest.map(indented),
    ...examples.map(({ path, detail }) =>
      indented(paint('dim', clip(`${printable(path)}: ${printable(detail)}`, width - INDENT))),
    ),
    ...(more > 0 ? [indented(paint('dim', `… and ${formatCount(more)} more`))] : []),
    ...(accepted ? [] : wrap(toDo, width - INDENT).map(indented)),
  ];
}

function labelOf({ blocking, accepted }: ProblemSummary): readonly [string, Parameters<Paint>[0]] {
  if (accepted) return ['accepted', 'dim'];
  return blocking ? ['blocking', 'red'] : ['notice', 'yellow'];
}

function nextSection(plan: MigrationPlan, { next, columns, paint }: ReportContext): string[] {
  const { leftover, outcome } = plan;
  const said = [
    outcome === 'ready'
      ? 'Nothing keeps the migration from being complete.'
      : 'Mend or accept what is blocking, or the migration stays incomplete. Then plan again.',
    ...(leftover === undefined
      ? []
      : [`Remove by hand what is below ${leftover.prefix} in the bucket: ${leftover.message}.`]),
  ];
  return [
    ...said.flatMap((text) => wrap(text, columns - 2)),
    ...next.map((line) => paint('cyan', line)),
  ];
}
