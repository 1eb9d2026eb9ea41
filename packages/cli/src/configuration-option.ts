import { StorageError } from '@org/storage-core';
import { type Command, Option } from 'commander';

/** Options that name a storage of a configuration, in place of directory and address. */
export interface ConfigurationOptions {
  readonly storage?: string;
  readonly config?: string;
  readonly environment?: string;
  /** Names of providers of third parties. */
  readonly provider?: readonly string[];
}

export function withConfigurationOptions(command: Command): Command {
  return command
    .option(
      '--storage <storage>',
      'a hybrid storage of the configuration, which has all else (default: its only one)',
    )
    .addOption(
      new Option(
        '--config <file>',
        'the configuration (default: config/storage.yml, or .yaml, .json, .ts … beside it)',
      ).env('STORAGE_CONFIG'),
    )
    .option(
      '--environment <name>',
      'which of its environments (default: STORAGE_ENV, NODE_ENV, or development)',
    )
    .option(
      '--provider <name>',
      'a provider of a third party that the application registers in its code, whose storages are left alone; may be given several times',
      (name: string, others: readonly string[] = []) => [...others, name],
    );
}

/**
 * Tells what to do where a configuration names a provider that is not known: what the application registers in its code is not known
 * here.
 */
export function withProvidersNamed(error: unknown): unknown {
  if (!(error instanceof StorageError) || !('mistakes' in error)) return error;
  if (!/ storages\.[\w.-]+\.provider /.test(error.message)) return error;
  return new StorageError(
    error.code,
    `${error.message}. Name the module of a third party’s provider in plugins; one that the application registers in its code is left alone with --provider <name>`,
    { cause: error },
  );
}

/** Whether a command line or `STORAGE_CONFIG` asks for a configuration. */
export function asksForConfiguration(options: ConfigurationOptions): boolean {
  const { storage, config, environment } = options;
  return storage !== undefined || config !== undefined || environment !== undefined;
}

/** Which of these options stand on a command line, as they are written there. */
export function configurationFlags(command: Command): string[] {
  return ['storage', 'config', 'environment']
    .filter((name) => command.getOptionValueSource(name) === 'cli')
    .map((name) => `--${name}`);
}
