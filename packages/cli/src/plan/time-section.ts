import type { MigrationPlan, TimeEstimate } from '@org/storage-migration';
import { formatBytes, formatCount, formatSeconds } from '../format.js';
import { table, wrap } from './layout.js';
import type { ReportContext } from './report.js';

export function timeSection({ time }: MigrationPlan, { columns }: ReportContext): string[] {
  if (time === undefined) return ['no file could be read to measure it'];
  const { low, likely, high, windows, sample, measured, failure } = time;
  const { files, bytes } = sample;
  const of = `${formatCount(files)} files, ${formatBytes(bytes)}`;
  const lines = table(
    [
      ['copying', `about ${formatSeconds(likely)} (${range(low, high)})`],
      ...windows.map((window) => [`at ${window.hours} h a night`, nights(window)]),
    ],
    ['left', 'left'],
  );
  const said = [
    `${limitOf(time)}`,
    measured === 'target'
      ? `Measured with a sample (${of}) that was sent and removed again, ${time.concurrency} files at once.`
      : `Measured by reading a sample (${of}), ${time.concurrency} files at once. What the bucket takes is not in it, so it will be longer.`,
    ...(failure === undefined ? [] : [`The bucket could not be measured: ${failure}.`]),
    'Not in it: retries, other load on disk and line, the verification.',
  ];
  return [...lines, ...said.flatMap((text) => wrap(text, columns - 2))];
}

function range(low: number, high: number): string {
  const [from, to] = [formatSeconds(low), formatSeconds(high)];
  return from === to ? from : `${from} – ${to}`;
}

function nights({ low, high }: { readonly low: number; readonly high: number }): string {
  if (low === high) return low === 1 ? '1 night' : `${formatCount(low)} nights`;
  return `${formatCount(low)} – ${formatCount(high)} nights`;
}

const LIMITS = {
  source: {
    files: 'opening the many small files; more at once may help (--concurrency).',
    bytes: 'how fast the disk is read, and this processor hashes.',
  },
  target: {
    files: 'a request for each of the many small files; more at once help (--concurrency).',
    bytes: 'how fast the line to the bucket is.',
  },
} as const;

function limitOf({ limit, measured }: TimeEstimate): string {
  const side = LIMITS[limit.side][limit.by];
  return measured === 'target' ? `What limits it: ${side}` : `What limits the reading: ${side}`;
}
