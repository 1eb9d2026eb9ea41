import { isStorageError, type SkipReason } from '@org/storage-core';
import type { MigrationEvent, Progress, ProgressSnapshot } from '@org/storage-migration';
import { Presets, SingleBar } from 'cli-progress';
import { formatBytes, formatCount, formatSeconds, printable } from './format.js';
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
}

/** Milliseconds between two lines of progress where there is no terminal. */
const LINE_INTERVAL = 5_000;

export function openDisplay(progress: Progress, { json, accept }: DisplayOptions): Display {
  if (json) return jsonDisplay(progress);
  return process.stderr.isTTY ? barDisplay(progress, accept) : lineDisplay(progress, accept);
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

function lineDisplay(progress: Progress, accept: readonly SkipReason[]): Display {
  const write = (text: string) => process.stderr.write(`${text}\n`);
  const timer = setInterval(() => write(progressLine(progress.snapshot())), LINE_INTERVAL);
  return {
    record: (event) => {
      const line = problemLine(event, accept);
      if (line !== undefined) write(line);
    },
    note: write,
    close: () => clearInterval(timer),
  };
}

function barDisplay(progress: Progress, accept: readonly SkipReason[]): Display {
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
      text: `${progressLine(snapshot)}${pace}`,
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
      const line = problemLine(event, accept);
      if (line === undefined || event.type === 'retry') return; // a retry is no news below a moving bar
      if (problems.length < 20) problems.push(line);
      else more++;
    },
    note: (text) => problems.push(text),
    close: () => {
      clearInterval(timer);
      draw();
      bar.stop();
      for (const line of problems) process.stderr.write(`${line}\n`);
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

function progressLine(snapshot: ProgressSnapshot): string {
  const { phase, total, done, hashed, byteRate, fileRate, secondsLeft } = snapshot;
  if (phase === 'scanning') {
    return `looking: ${formatCount(total.files)} files, ${formatBytes(total.bytes)}`;
  }
  const left = secondsLeft === undefined ? '' : `, ${formatSeconds(secondsLeft)} left`;
  const ahead = hashed === 0 ? '' : `, ${formatBytes(hashed)} read ahead`;
  return (
    `${formatCount(done.files)}/${formatCount(total.files)} files, ` +
    `${formatBytes(done.bytes)}/${formatBytes(total.bytes)}, ` +
    `${formatCount(Math.round(fileRate))} files/s, ${formatBytes(byteRate)}/s${ahead}${left}`
  );
}

function problemLine(event: MigrationEvent, accept: readonly SkipReason[]): string | undefined {
  switch (event.type) {
    case 'skipped': {
      const { reason, path, detail } = event.entry;
      if (accept.includes(reason)) return undefined;
      return `skipped   ${printable(path)}: ${printable(detail)}`;
    }
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
