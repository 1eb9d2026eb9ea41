import {
  type Control,
  type Count,
  FILE_STATES,
  type FileState,
  runResult,
  STATE_NAMES,
  UNRESOLVED,
} from '@org/storage-migration';
import {
  counted,
  formatBytes,
  formatCount,
  formatRate,
  formatSeconds,
  printable,
} from '../format.js';
import type { Paint } from './colour.js';
import type { View } from './view.js';

const BAD: readonly FileState[] = ['conflict', 'failed', 'lost'];

/** A view as lines for a terminal that is so many columns wide. */
export function frame(view: View, columns: number, paint: Paint): string[] {
  const { status } = view;
  return [
    paint('bold', clipped(`${printable(status.source)} → ${printable(status.target)}`, columns)),
    '',
    ...progress(view, columns, paint),
    '',
    ...states(view, columns, paint),
    '',
    ...rows(view).map(([name, text, style]) => {
      const line = clipped(text, columns - 10);
      return `  ${paint('dim', name.padEnd(8))}${style === undefined ? line : paint(style, line)}`;
    }),
    ...failures(view, columns, paint),
    '',
    paint('dim', clipped('Ctrl-C ends this view, not the migration', columns)),
  ];
}

/** Settled, of which the target has the say; not to be settled by themselves; and the rest. */
function progress({ status, secondsLeft }: View, columns: number, paint: Paint): string[] {
  const total = sum(FILE_STATES.map((state) => status.files[state]));
  const open = sum(UNRESOLVED.map((state) => status.files[state]));
  const bad = sum(BAD.map((state) => status.files[state]));
  const share = total.files === 0 ? 0 : 1 - open.files / total.files;
  const width = Math.max(10, columns - 4);
  const full = Math.floor(share * width);
  const badly = Math.min(width - full, cells(bad.files, total.files, width));
  const rest = width - full - badly;
  const done = { files: total.files - open.files, bytes: total.bytes - open.bytes };
  const left = secondsLeft === undefined ? '' : `, about ${formatSeconds(secondsLeft)} left`;
  const words =
    total.files === 0
      ? ['no files yet']
      : [
          `${percent(share)} done${left}`,
          `${formatCount(done.files)} of ${counted(total.files, 'file')}, ` +
            `${formatBytes(done.bytes)} of ${formatBytes(total.bytes)}`,
        ];
  return [
    `  ${paint('green', '█'.repeat(full))}${paint('red', '▓'.repeat(badly))}${paint('dim', '░'.repeat(rest))}`,
    ...words.map((line) => `  ${clipped(line, columns - 2)}`),
  ];
}

function states({ status }: View, columns: number, paint: Paint): string[] {
  const total = sum(FILE_STATES.map((state) => status.files[state]));
  const width = Math.max(0, Math.min(40, columns - 62));
  return (Object.keys(STATE_NAMES) as FileState[]).flatMap((state) => {
    const count = status.files[state];
    if (count.files === 0) return [];
    const bar = '█'.repeat(cells(count.files, total.files, width));
    const line =
      `  ${STATE_NAMES[state].padEnd(31)}${formatCount(count.files).padStart(13)}` +
      `${formatBytes(count.bytes).padStart(12)}`;
    const style = BAD.includes(state) ? 'red' : state === 'pending' ? 'dim' : 'green';
    return [`${clipped(line, columns)}  ${paint(style, bar)}`.trimEnd()];
  });
}

type Row = readonly [name: string, text: string, style?: 'red' | 'yellow' | 'green'];

function rows(view: View): Row[] {
  const { control, lately } = view;
  const trouble: Row[] =
    lately === undefined || lately.failed + lately.retries === 0
      ? []
      : [
          [
            'trouble',
            `${formatCount(lately.failed)} failed, ${counted(lately.retries, 'retry', 'retries')} in ${formatSeconds(lately.seconds)}`,
            'yellow',
          ],
        ];
  return [
    run(view),
    ...(lately === undefined
      ? []
      : [
          [
            'rate',
            `${formatRate(lately.files)} files/s, ${formatBytes(lately.bytes)}/s over ${formatSeconds(lately.seconds)}`,
          ] as const,
        ]),
    ...trouble,
    ...(control.paused
      ? [['paused', 'no file is begun until it is resumed', 'yellow'] as const]
      : []),
    ['limits', limits(control)],
  ];
}

function run({ status, alive, lastSign, now }: View): Row {
  const { lastRun } = status;
  if (lastRun === undefined) return ['run', 'none yet'];
  const ago = (time: Date) => formatSeconds(Math.max(0, now.getTime() - time.getTime()) / 1000);
  const begun = `${lastRun.kind}, begun ${ago(lastRun.started)} ago`;
  if (lastRun.outcome !== 'running') {
    const ended = lastRun.ended === undefined ? '' : ` ${ago(lastRun.ended)} ago`;
    const style = lastRun.outcome === 'complete' ? 'green' : 'yellow';
    const result = runResult(lastRun);
    const did = result === undefined ? '' : `: ${result}`;
    return ['run', `${lastRun.kind}, ${lastRun.outcome}${ended}${did}`, style];
  }
  const sign = lastSign === undefined ? '' : ago(lastSign);
  return alive
    ? ['run', `${begun}; alive, last sign ${sign} ago`]
    : ['run', `${begun}; silent for ${sign}: killed, or it hangs`, 'red'];
}

function limits({ concurrency, bandwidth, rate }: Control): string {
  const set = [
    ...(concurrency === undefined
      ? []
      : [concurrency === 'auto' ? 'auto' : `${counted(concurrency, 'file')} at once`]),
    ...(bandwidth === undefined ? [] : [`${formatBytes(bandwidth)}/s`]),
    ...(rate === undefined ? [] : [`${rate} ${rate === 1 ? 'file' : 'files'} begun a second`]),
  ];
  return set.length === 0 ? 'the run’s own' : `${set.join(', ')}, set from outside`;
}

function failures({ failures }: View, columns: number, paint: Paint): string[] {
  if (failures.length === 0) return [];
  return [
    '',
    ...failures.flatMap(({ code, files, examples }) => {
      const [example] = examples;
      const told = `${code}: ${counted(files, 'file')}`;
      const one =
        example === undefined ? '' : `    ${printable(example.key)}: ${printable(example.message)}`;
      return [`  ${paint('red', clipped(told, columns - 2))}`, paint('dim', clipped(one, columns))];
    }),
  ];
}

/** One line of it, where lines are all there is. */
export function statusLine({ now, status, lately, secondsLeft, alive, control }: View): string {
  const { files, lastRun } = status;
  const total = sum(FILE_STATES.map((state) => files[state]));
  const open = sum(UNRESOLVED.map((state) => files[state]));
  const failed = sum(BAD.map((state) => files[state])).files;
  const standing =
    lastRun?.outcome === 'running' && !alive ? 'silent' : (lastRun?.outcome ?? 'no run yet');
  return [
    `${now.toISOString()} ${lastRun === undefined ? '' : `${lastRun.kind} `}${standing}`,
    ...(control.paused ? ['paused'] : []),
    `${formatCount(total.files - open.files)}/${counted(total.files, 'file')}`,
    `${formatBytes(total.bytes - open.bytes)}/${formatBytes(total.bytes)}`,
    ...(lately === undefined
      ? []
      : [`${formatRate(lately.files)} files/s`, `${formatBytes(lately.bytes)}/s`]),
    ...(secondsLeft === undefined ? [] : [`${formatSeconds(secondsLeft)} left`]),
    ...(failed === 0 ? [] : [`${formatCount(failed)} with problems`]),
  ].join(', ');
}

/** Of a bar: something is never nothing. */
function cells(part: number, whole: number, width: number): number {
  if (part === 0 || whole === 0) return 0;
  return Math.min(width, Math.max(1, Math.round((part / whole) * width)));
}

function percent(share: number): string {
  return share === 1 ? '100 %' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

/** What fits. A character may be wider than a column: the terminal cuts what is over. */
function clipped(text: string, columns: number): string {
  const characters = [...text];
  if (characters.length <= columns) return text;
  return `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}

function sum(counts: readonly Count[]): Count {
  return {
    files: counts.reduce((total, { files }) => total + files, 0),
    bytes: counts.reduce((total, { bytes }) => total + bytes, 0),
  };
}
