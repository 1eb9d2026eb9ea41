import type { SkipReason } from '@org/storage-core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { withConfigurationOptions } from './configuration-option.js';
import type { ConfiguredStorage } from './configured-storage.js';
import { parseDisk, parseDisks } from './disks.js';
import { parseDuration } from './duration.js';
import { fleetOption } from './fleet-option.js';

const KINDS: readonly SkipReason[] = ['link', 'special', 'invalid-name', 'unreadable'];

export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1 || count > 1024) {
    throw new InvalidArgumentError('It takes a whole number from 1 to 1024.');
  }
  return count;
}

function parseKinds(text: string): SkipReason[] {
  return text.split(',').map((word) => {
    const kind = KINDS.find((known) => known === word.trim());
    if (kind === undefined) throw new InvalidArgumentError(`Kinds are ${KINDS.join(', ')}.`);
    return kind;
  });
}

/** Options that say how S3 is reached. */
export function withS3Options(command: Command): Command {
  return command
    .option('--endpoint <url>', 'an S3-compatible server instead of AWS')
    .option(
      '--region <name>',
      'region of the bucket (default: AWS_REGION, the profile’s, us-east-1)',
    )
    .option('--profile <name>', 'profile of the AWS configuration files');
}

function withJournalOption(command: Command, otherwise: string): Command {
  const journal = new Option(
    '--journal <place>',
    `where the migration is recorded: a file, or postgres://… (default: ${otherwise})`,
  );
  const disk = new Option(
    '--disk <name>',
    'the directory is on a disk that only this host sees, by the name of …: each such disk has a journal of its own, all of them in one database',
  );
  return command
    .addOption(journal.env('STORAGE_JOURNAL'))
    .addOption(disk.env('STORAGE_DISK').argParser(parseDisk));
}

/** Options that name a configuration, or what else of a migration its arguments leave open. */
export function withMigrationOptions(command: Command): Command {
  return withS3Options(
    withJournalOption(withConfigurationOptions(command), 'a place that is printed'),
  );
}

/** Of the commands that look into a journal and change nothing. */
export function withLookOptions(command: Command): Command {
  return withMigrationOptions(command)
    .argument('[directory]', 'the directory that is migrated')
    .argument('[s3-url]', 'where it is migrated to')
    .option('--debug', 'show errors with their causes and stacks', false);
}

/** The option that says what may be skipped. */
export function withAccept(command: Command): Command {
  return command.option(
    '--accept <kinds>',
    'what may be skipped without making the migration incomplete: link, special, invalid-name, unreadable',
    parseKinds,
    [],
  );
}

/** The option that names the registry of the application's processes, and how S3 is reached. */
export function withFleetOptions(command: Command): Command {
  return withS3Options(withConfigurationOptions(command.addOption(fleetOption())))
    .option('--json', 'JSON lines on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false);
}

/** Options of the commands that look at the gate. */
export function withGateOptions(command: Command): Command {
  return withJournalOption(withFleetOptions(command), 'as for storage migrate')
    .addOption(
      new Option('--verified-by <proof>', 'what has to have vouched for every copy')
        .choices(['checksum', 'content'])
        .default('checksum'),
    )
    .addOption(
      new Option('--quiet <time>', 'for so long no process may have read from the directory')
        .argParser(parseDuration)
        .default(3_600_000, '1h'),
    )
    .option(
      '--disks <names>',
      'where hosts have disks of their own: all disks that there are, such as web1,web2 (default: those that have a journal)',
      parseDisks,
    )
    .option(
      '--accept <kinds>',
      'what may stay in the directory: link, special, invalid-name, unreadable',
      parseKinds,
      [],
    )
    .option(
      '--was-empty',
      'the directory never had a file; without it, a journal that knows none keeps the gate shut',
      false,
    );
}

/** What a configuration says of these. It may leave the number of files to be found out, which only a migration does. */
export function runSettings(storage: ConfiguredStorage) {
  const { concurrency } = storage.settings;
  return {
    ...acceptSettings(storage),
    ...(typeof concurrency === 'number' ? { concurrency } : {}),
  };
}

/** What it says of files that may stay in the source. */
export function acceptSettings({ settings: { accept } }: ConfiguredStorage) {
  return accept === undefined ? {} : { accept };
}

/** Options of commands that work through many files. */
export function withRunOptions(command: Command): Command {
  return withWorkOptions(
    withMigrationOptions(command).option(
      '--concurrency <files>',
      'files under way at once',
      parseCount,
      16,
    ),
  );
}

/** Which every such command has, however it goes about its files. */
export function withWorkOptions(command: Command): Command {
  return command
    .option(
      '--accept <kinds>',
      'what may be skipped without making the run incomplete: link, special, invalid-name, unreadable',
      parseKinds,
      [],
    )
    .option('--json', 'events as JSON lines on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false);
}
