import { isStorageError, type SkipReason } from '@org/storage-core';
import type { MigrationEvent, Progress, ProgressSnapshot } from '@org/storage-migration';
import { Presets, SingleBar } from 'cli-progress';
import {
  counted,
  formatBytes,
  formatCount,
  formatFiles,
  formatSeconds,
  printable,
} from './format.js';
import { paceText } from './pace-text.js';

/** Shows what happens while a command runs. */
export interface Display {
  record(event: MigrationEvent): void;
  /** A sentence for the operator. */
  note(text: string): void;
  /** Ends the display; what follows is the report. */
  close(): void;
}

interface DisplayOptions {
  readonly json: boolean;
  /** Skipped things of these kinds are expected: they are counted, not told one by one. */
  readonly accept: readonly SkipReason[];
  /** Whether other hosts share the work: what is done is this one’s, what is to be done is of all. Default `false`. */
  readonly shared?: boolean;
}

/** Milliseconds between two lines of progress where there is no terminal. */
const LINE_INTERVAL = 5_000;

export function openDisplay(progress: Progress, options: DisplayOptions): Display {
  const { json, accept, shared = false } = options;
  if (json) return jsonDisplay(progress);
  const line = () => progressLine(progress.snapshot(), shared);
  return process.stderr.isTTY ? barDisplay(progress, line, accept) : lineDisplay(line, accept);
}

/** One JSON object a line on standard output. */
export function writeJson(value: unknown): void {
  process.stdout.write(jsonLine(value));
}

export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value, (_, inner: unknown) =>
    isStorageError(inner) ? { code: inner.code, message: inner.message } : inner,
  )}\n`;
}

/** Events that come too often to be told one by one: `progress` sums them up. */
const FREQUENT: readonly MigrationEvent['type'][] = ['scanning', 'hashing', 'transfer'];

function jsonDisplay(progress: Progress): Display {
  const timer = setInterval(() => writeJson({ type: 'progress', ...progress.snapshot() }), 1_000);
  return {
    record: (event) => {
      if (!FREQUENT.includes(event.type)) writeJson(event);
    },
    note: (text) => writeJson({ type: 'note', text }),
    close: () => clearInterval(timer),
  };
}

function lineDisplay(line: () => string, accept: readonly SkipReason[]): Display {
  const write = (text: string) => process.stderr.write(`${text}\n`);
  const timer = setInterval(() => write(line()), LINE_INTERVAL);
  return {
    record: (event) => {
      const problem = problemLine(event, accept);
      if (problem !== undefined) write(problem);
    },
    note: write,
    close: () => clearInterval(timer),
  };
}

function barDisplay(
  progress: Progress,
  line: () => string,
  accept: readonly SkipReason[],
): Display {
  const bar = new SingleBar(
    { format: '{bar} {percentage}% {text}', hideCursor: true, linewrap: false, fps: 10 },
    Presets.shades_classic,
  );
  const problems: string[] = [];
  let more = 0;
  let pace = '';
  const draw = () => {
    const snapshot = progress.snapshot();
    bar.setTotal(Math.max(1, weight(snapshot.total)));
    bar.update(snapshot.phase === 'scanning' ? 0 : weight(snapshot.done), {
      text: `${line()}${pace}`,
    });
  };
  bar.start(1, 0, { text: '' });
  const timer = setInterval(draw, 100);
  return {
    record: (event) => {
      if (event.type === 'pace') {
        pace = `, ${paceText(event)}`;
        return;
      }
      const problem = problemLine(event, accept);
      if (problem === undefined || event.type === 'retry') return; // a retry is no news below a moving bar
      if (problems.length < 20) problems.push(problem);
      else more++;
    },
    note: (text) => problems.push(text),
    close: () => {
      clearInterval(timer);
      draw();
      bar.stop();
      for (const problem of problems) process.stderr.write(`${problem}\n`);
      if (more > 0) {
        process.stderr.write(`… and ${formatCount(more)} more: storage status --problems\n`);
      }
    },
  };
}

/** A file counts as some bytes of its own, so that the bar moves through many empty files too. */
function weight({ files, bytes }: ProgressSnapshot['done']): number {
  return bytes + files * 16_384;
}

/** @param shared see `DisplayOptions`; when all is done, which others do too, is not known then. */
export function progressLine(snapshot: ProgressSnapshot, shared: boolean): string {
  const { phase, total, done, hashed, byteRate, fileRate, secondsLeft } = snapshot;
  if (phase === 'scanning') {
    return `looking: ${formatFiles(total)}`;
  }
  const left = secondsLeft === undefined || shared ? '' : `, ${formatSeconds(secondsLeft)} left`;
  const ahead = hashed === 0 ? '' : `, ${formatBytes(hashed)} read ahead`;
  const of = shared ? ' of all hosts’ ' : '/';
  return (
    `${shared ? 'this host: ' : ''}${formatCount(done.files)}${of}${counted(total.files, 'file')}, ` +
    `${formatBytes(done.bytes)}${of}${formatBytes(total.bytes)}, ` +
    `${formatCount(Math.round(fileRate))} files/s, ${formatBytes(byteRate)}/s${ahead}${left}`
  );
}

const WAITING: Readonly<Record<(MigrationEvent & { type: 'waiting' })['reason'], string>> = {
  'others-scan': 'until another host has looked through the directory',
  'others-copy': 'until the other hosts have copied what they have begun',
};

function problemLine(event: MigrationEvent, accept: readonly SkipReason[]): string | undefined {
  switch (event.type) {
    case 'skipped': {
      const { reason, path, detail } = event.entry;
      if (accept.includes(reason)) return undefined;
      return `skipped   ${printable(path)}: ${printable(detail)}`;
    }
    case 'waiting':
      return `waiting   ${WAITING[event.reason]}`;
    case 'put-back':
      return `takes     what was left by others that are gone: ${counted(event.ranges, 'range')} of keys`;
    case 'pace':
      return `now       ${paceText(event)}`;
    case 'upload-aborted':
      return `removed   the unfinished upload of ${printable(event.key)}`;
    case 'retry':
      return `retrying  ${printable(event.key)} in ${event.delay} ms: ${event.error.message}`;
    case 'file':
      if (event.message === undefined) return undefined;
      return `${event.state.padEnd(9)} ${printable(event.key)}: ${event.message}`;
    case 'verified':
      if (event.message === undefined) return undefined;
      return `${event.result.padEnd(9)} ${printable(event.key)}: ${event.message}`;
    case 'outcome':
      if (event.message === undefined) return undefined;
      return `${event.outcome.padEnd(9)} ${printable(event.key)}: ${event.message}`;
    default:
      return undefined;
  }
}
