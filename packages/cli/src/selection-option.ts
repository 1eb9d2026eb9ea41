import type { FileOrder, Selection } from '@org/storage-migration';
import { type Command, Option } from 'commander';
import type { ConfiguredStorage } from './configured-storage.js';
import { parseBytes, parseTime } from './quantity.js';

/** Options that say which files a run takes, and in which order. */
export interface SelectionCommandOptions {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly newerThan?: Date;
  readonly olderThan?: Date;
  readonly order: FileOrder;
}

export function withSelectionOptions(command: Command): Command {
  const add = (text: string, others: readonly string[]) => [...others, text];
  const time = (text: string) => parseTime(text);
  return command
    .option(
      '--include <glob>',
      'only files whose path matches, such as "photos/**" or "**/*.jpg"; may be given several times',
      add,
      [],
    )
    .option('--exclude <glob>', 'not these; goes before --include', add, [])
    .option('--min-size <bytes>', 'only files of at least so many bytes, such as 1MiB', parseBytes)
    .option('--max-size <bytes>', 'only files of at most so many bytes', parseBytes)
    .option('--newer-than <time>', 'only files changed since: an age (30d), or a date', time)
    .option('--older-than <time>', 'only files not changed since: an age (30d), or a date', time)
    .addOption(
      new Option('--order <order>', 'which files come first')
        .choices(['key', 'smallest', 'newest'])
        .default('key'),
    );
}

/** What a configuration says of these. */
export function selectionSettings({
  settings,
}: ConfiguredStorage): Partial<SelectionCommandOptions> {
  const { include, exclude, order } = settings;
  return {
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(order === undefined ? {} : { order }),
  };
}

export function selectionOf(options: SelectionCommandOptions): Selection {
  const { include, exclude, minSize, maxSize, newerThan, olderThan } = options;
  return {
    include,
    exclude,
    minSize,
    maxSize,
    modifiedSince: newerThan,
    modifiedBefore: olderThan,
  };
}
