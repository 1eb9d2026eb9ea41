import type { SizeClass } from '../plan/size-class.js';
import { formatBytes } from './format.js';
import type { JournalReport } from './journal-report.js';
import {
  OUTCOME_NAMES,
  REASON_NAMES,
  RETIREMENT_NAMES,
  STATE_NAMES,
  VERIFICATION_NAMES,
} from './names.js';
import { runResult } from './run-result.js';

/** How a column's values are told. `given`: text from outside, such as a key, that may hold anything. */
export type CellKind =
  | 'text'
  | 'given'
  | 'count'
  | 'bytes'
  | 'seconds'
  | 'time'
  | 'rate'
  | 'byte-rate'
  | 'money';

export interface Column {
  readonly name: string;
  readonly kind: CellKind;
}

export type Cell = string | number | Date | undefined;

/** A part of the report, as a table: what all formats have in common. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

const text = (name: string): Column => ({ name, kind: 'text' });
const files: Column = { name: 'files', kind: 'count' };
const bytes: Column = { name: 'bytes', kind: 'bytes' };
const seconds: Column = { name: 'time', kind: 'seconds' };
const time = (name: string): Column => ({ name, kind: 'time' });
const count = (name: string): Column => ({ name, kind: 'count' });

/** The report's parts in their order; what has no rows is left out. */
export function sectionsOf(report: JournalReport): Section[] {
  return [
    migration(report),
    states(report),
    failures(report),
    throughput(report),
    ...timelines(report),
    verification(report),
    counts('retired', 'Retired from the source', report.summary.retired, RETIREMENT_NAMES),
    counts('skipped', 'Skipped in the source', report.summary.skipped, REASON_NAMES),
    runs(report),
    sizes(report),
    extensions(report),
    cost(report),
  ].filter(({ rows }) => rows.length > 0);
}

/** `1 KiB to 4 KiB`. */
export function sizeName({ from, below }: SizeClass): string {
  if (below === 1) return 'empty';
  if (below === undefined) return `${formatBytes(from)} or more`;
  return from === 1
    ? `below ${formatBytes(below)}`
    : `${formatBytes(from)} to ${formatBytes(below)}`;
}

function migration({ made, summary }: JournalReport): Section {
  const { source, target, journal, outcome, unresolved, referenced } = summary;
  return {
    id: 'migration',
    title: 'Migration',
    columns: [text('what'), { name: 'value', kind: 'given' }],
    rows: [
      ['source', source],
      ['target', target],
      ['journal', journal],
      ['reported', made.toISOString()],
      ['copying', OUTCOME_NAMES[outcome]],
      ['unresolved', String(unresolved)],
      ['told to the application’s database', String(referenced)],
    ],
  };
}

function states({ summary }: JournalReport): Section {
  const rows = Object.entries(STATE_NAMES).flatMap(([state, name]) => {
    const found = summary.files[state as keyof typeof STATE_NAMES];
    return found.files === 0 ? [] : [[name, found.files, found.bytes]];
  });
  return { id: 'states', title: 'Files by state', columns: [text('state'), files, bytes], rows };
}

function verification({ summary }: JournalReport): Section {
  const { results, byContent, byChecksum, open } = summary.verified;
  const bad = Object.entries(VERIFICATION_NAMES).flatMap(([result, name]) => {
    const number = results[result as keyof typeof VERIFICATION_NAMES];
    return number === undefined ? [] : [[name, number]];
  });
  const resolved = byContent + byChecksum + open;
  const rows = [
    ['whole, by their bytes, which were read back', byContent],
    ['whole, by the checksum that the server keeps', byChecksum],
    ...bad,
    ['not found whole, or not looked at', open],
  ];
  return {
    id: 'verification',
    title: 'Verification',
    columns: [text('finding'), files],
    rows: resolved === 0 ? [] : rows,
  };
}

function counts<Name extends string>(
  id: string,
  title: string,
  found: Readonly<Partial<Record<Name, number>>>,
  names: Readonly<Record<Name, string>>,
): Section {
  const rows = (Object.keys(names) as Name[]).flatMap((name) => {
    const number = found[name];
    return number === undefined ? [] : [[names[name], number]];
  });
  return { id, title, columns: [text('what'), files], rows };
}

function throughput({ work }: JournalReport): Section {
  const rate = (name: string): Column => ({ name: `files/s, ${name}`, kind: 'rate' });
  const byteRate = (name: string): Column => ({ name: `bytes/s, ${name}`, kind: 'byte-rate' });
  const names = ['mean', 'median', 'peak'];
  return {
    id: 'throughput',
    title: 'Throughput',
    columns: [text('kind'), seconds, ...names.map(rate), ...names.map(byteRate)],
    rows: work.map(({ kind, seconds, files, bytes }) => [
      ...[kind, seconds],
      ...[files.mean, files.median, files.peak],
      ...[bytes.mean, bytes.median, bytes.peak],
    ]),
  };
}

function runs(report: JournalReport): Section {
  return {
    id: 'runs',
    title: 'Runs',
    columns: [
      ...[time('started'), text('kind'), text('outcome'), seconds, files, bytes, text('result')],
      ...[count('failed'), count('retries'), text('run')],
    ],
    rows: report.runs.map((run) => [
      ...[run.started, run.kind, run.outcome, run.seconds, run.files, run.bytes],
      ...[runResult(run), run.failed, run.retries, run.id],
    ]),
  };
}

function failures(report: JournalReport): Section {
  return {
    id: 'failures',
    title: 'Failures by cause',
    columns: [
      ...[text('cause'), files, bytes],
      ...(['for example', 'message'] as const).map((name) => ({ name, kind: 'given' }) as const),
    ],
    rows: report.failures.flatMap(({ code, files, bytes, examples }) =>
      examples.map(({ key, message }, index) =>
        index === 0
          ? [code, files, bytes, key, message]
          : [code, undefined, undefined, key, message],
      ),
    ),
  };
}

function sizes({ usage }: JournalReport): Section {
  return {
    id: 'sizes',
    title: 'Files by size',
    columns: [text('size'), files, bytes],
    rows: usage.sizes.map((size) => [sizeName(size), size.files, size.bytes]),
  };
}

function extensions({ usage }: JournalReport): Section {
  const { extensions, otherExtensions } = usage;
  const others = otherExtensions.files === 0 ? [] : [{ name: 'others', ...otherExtensions }];
  const named = extensions.map(({ name, ...count }) => ({
    name: name === '' ? 'none' : `.${name}`,
    ...count,
  }));
  return {
    id: 'types',
    title: 'Files by type',
    columns: [{ name: 'extension', kind: 'given' }, files, bytes],
    rows: [...named, ...others].map(({ name, files, bytes }) => [name, files, bytes]),
  };
}

function cost({ cost }: JournalReport): Section {
  const money = (name: string): Column => ({ name: `${name}, ${cost?.currency}`, kind: 'money' });
  return {
    id: 'cost',
    title: 'Cost of the target',
    columns: [
      { name: 'storage class', kind: 'given' },
      ...['a month', 'copying', 'verifying', 'reading back', 'retiring'].map(money),
    ],
    rows:
      cost?.classes.map(({ storageClass, storage, copy, verify, readBack, retire }) => [
        ...[storageClass, storage, copy, verify, readBack, retire],
      ]) ?? [],
  };
}

function timelines({ work }: JournalReport): Section[] {
  return work.map(({ kind, timeline }) => ({
    id: `timeline-${kind}`,
    title: `Timeline: ${kind}`,
    columns: [
      ...[time('from'), { ...seconds, name: 'at work before' }, seconds, files, bytes],
      { name: 'files/s', kind: 'rate' },
      { name: 'files/s, peak', kind: 'rate' },
      { name: 'bytes/s', kind: 'byte-rate' },
      { name: 'bytes/s, peak', kind: 'byte-rate' },
      ...[count('failed'), count('retries')],
    ],
    rows: timeline.map((point) => [
      ...[point.from, point.after, point.seconds, point.files, point.bytes],
      ...[point.files / point.seconds, point.peakFileRate],
      ...[point.bytes / point.seconds, point.peakByteRate],
      ...[point.failed, point.retries],
    ]),
  }));
}
