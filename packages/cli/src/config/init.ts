import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Starter } from '@org/storage';
import { StorageError } from '@org/storage-core';
import { type Command, Option } from 'commander';
import { EXIT, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';

const STARTERS = ['local', 's3', 'hybrid'] as const satisfies readonly Starter[];

interface InitOptions {
  readonly provider: Starter;
  readonly config: string;
}

const HELP: Help = {
  summary: 'write a commented configuration to begin with',
  about:
    'Writes a configuration with one storage, with comments on what can be set. It never replaces a file.',
  examples: [
    ['storage config init', 'files in a directory: config/storage.yml'],
    ['storage config init --provider hybrid', 'files that move from a directory to S3'],
  ],
  exits: { done: 'it was written' },
  next: ['storage config validate   check it after each change'],
};

export function addInit(config: Command, finish: Finish): void {
  withHelp(config.command('init'), HELP)
    .addOption(
      new Option('--provider <provider>', 'where the files are').choices(STARTERS).default('local'),
    )
    .option('--config <file>', 'the file to write', 'config/storage.yml')
    .option('--debug', 'show errors with their causes and stacks', false)
    .action(async ({ provider, config: file }: InitOptions) => {
      const { starterConfiguration } = await import('@org/storage');
      await writeNew(resolve(file), starterConfiguration(provider));
      process.stdout.write(`${file} is written. Next: storage config validate\n`);
      finish(EXIT.done);
    });
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new StorageError(
      'InvalidArgument',
      exists ? `${file} is there already, and stays as it is` : `${file} can’t be written: ${why}`,
      { cause },
    );
  }
}
