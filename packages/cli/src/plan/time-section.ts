import type { MigrationPlan, TimeEstimate } from '@org/storage-migration';
import { counted, formatCount, formatFiles, formatSeconds } from '../format.js';
import { table, wrap } from './layout.js';
import type { ReportContext } from './report.js';

export function timeSection({ time }: MigrationPlan, { columns }: ReportContext): string[] {
  if (time === undefined) return ['no file could be read to measure it'];
  const { low, likely, high, verification, windows, sample, measured, failure } = time;
  const { files, bytes } = sample;
  const of = formatFiles({ files, bytes });
  const lines = table(
    [
      ['copying', said({ low, likely, high })],
      ...(verification === undefined
        ? []
        : [
            ['verifying by checksum', said(verification.checksum)],
            ['reading all back', said(verification.content)],
          ]),
      ...windows.map((window) => [`at ${window.hours} h a night`, nights(window)]),
    ],
    ['left', 'left'],
  );
  const notes = [
    `${limitOf(time)}`,
    measured === 'target'
      ? `Measured with a sample (${of}) that was sent and removed again, ${counted(time.concurrency, 'file')} at once.`
      : `Measured by reading a sample (${of}), ${counted(time.concurrency, 'file')} at once. What the bucket takes is not in it, so it will be longer.`,
    ...(failure === undefined ? [] : [`The bucket could not be measured: ${failure}.`]),
    ...(measured === 'target' && verification === undefined
      ? ['The sample could not be read back, so that nothing is known of a verification.']
      : []),
    `Not in it: retries, other load on disk and line${measured === 'source' ? ', the verification, which --measure target tells' : ''}.`,
  ];
  return [...lines, ...notes.flatMap((text) => wrap(text, columns - 2))];
}

function said({ low, likely, high }: Pick<TimeEstimate, 'low' | 'likely' | 'high'>): string {
  return `about ${formatSeconds(likely)} (${range(low, high)})`;
}

function range(low: number, high: number): string {
  const [from, to] = [formatSeconds(low), formatSeconds(high)];
  return from === to ? from : `${from} – ${to}`;
}

function nights({ low, high }: { readonly low: number; readonly high: number }): string {
  if (low === high) return counted(low, 'night');
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
