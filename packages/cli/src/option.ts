import type { SkipReason } from '@org/storage-core';
import { type Command, InvalidArgumentError } from 'commander';

const KINDS: readonly SkipReason[] = ['link', 'special', 'invalid-name', 'unreadable'];

function parseCount(text: string): number {
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

/** Options that name the target and the journal. */
export function withEndpointOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'an S3-compatible server instead of AWS')
    .option(
      '--region <name>',
      'region of the bucket (default: AWS_REGION, the profile’s, us-east-1)',
    )
    .option('--profile <name>', 'profile of the AWS configuration files')
    .option(
      '--journal <file>',
      'where the migration is recorded (default: a place that is printed)',
    );
}

/** Options of commands that work through many files. */
export function withRunOptions(command: Command): Command {
  return withEndpointOptions(command)
    .option('--concurrency <files>', 'files under way at once', parseCount, 16)
    .option(
      '--accept <kinds>',
      'what may be skipped without making the run incomplete: link, special, invalid-name, unreadable',
      parseKinds,
      [],
    )
    .option('--json', 'events as JSON lines on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false);
}
