import { type DryRunReport, dryRun, Progress, type Selection } from '@org/storage-migration';
import { openDisplay, writeJson } from '../display.js';
import { locate, openSource, openTarget } from '../endpoints.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { formatFiles, formatSeconds } from '../format.js';
import { listenForInterrupt } from '../interrupt.js';
import { skippedLines } from '../status-lines.js';
import type { RunOptions } from './run.js';

interface DryRunCommandOptions extends Omit<RunOptions, 'concurrency'> {
  readonly select: Selection;
}

/** Tells what a migration would do. There is no journal to it. */
export async function dryRunOf(
  directory: string,
  url: string,
  options: DryRunCommandOptions,
): Promise<ExitCode> {
  const { select, json } = options;
  const migration = locate(directory, url, options);
  const { source: from, target: to } = migration.endpoints;
  await using files = openSource(migration, options);
  await using bucket = await openTarget(migration.url, options, 1);
  const [source, target] = migration.direction === 'there' ? [files, bucket] : [bucket, files];
  const progress = new Progress();
  const display = openDisplay(progress, options);
  using interrupt = listenForInterrupt(() => display.note('stopping'));
  const report = await dryRun({
    ...{ source, target, select, stop: interrupt.stop, signal: interrupt.abort },
    onEvent: (event) => {
      progress.record(event);
      display.record(event);
    },
  }).finally(() => display.close());
  if (json) writeJson({ type: 'report', ...report });
  else process.stdout.write(`${[`${from} → ${to}`, ...lines(report)].join('\n')}\n`);
  return report.outcome === 'complete' ? EXIT.done : EXIT.interrupted;
}

function lines({ outcome, copy, compare, leave, notSelected, skipped, duration }: DryRunReport) {
  const counts = {
    'to be copied': copy,
    'already there, by name and size': compare,
    'there with another size, to be left alone': leave,
    'not selected': notSelected,
  };
  const time = formatSeconds(duration / 1000);
  return [
    ...Object.entries(counts).map(([name, count]) => `${name}: ${formatFiles(count)}`),
    ...skippedLines(skipped),
    outcome === 'complete'
      ? `A dry run of ${time}: nothing was written.`
      : `Interrupted after ${time}, not all was seen: nothing was written.`,
  ];
}
