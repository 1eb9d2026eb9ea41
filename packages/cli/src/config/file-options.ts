import type { LoadOptions } from '@org/storage';
import type { Command } from 'commander';

/** Which configuration is meant. */
export interface FileOptions {
  readonly config?: string;
  readonly environment?: string;
  readonly accept: readonly string[];
  readonly json: boolean;
}

export function withFileOptions(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'the configuration (default: STORAGE_CONFIG, else storage.yml, .yaml, .json, .mjs, .js or .ts in config/)',
    )
    .option(
      '--accept <provider>',
      'a provider of a third party that the application registers in its code, and whose module is not run; may be given several times',
      (name: string, others: readonly string[]) => [...others, name],
      [],
    )
    .option('--json', 'one line of JSON on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false);
}

export function loadOptions({ config, environment, accept }: FileOptions): LoadOptions {
  return {
    ...(config === undefined ? {} : { file: config }),
    ...(environment === undefined ? {} : { environment }),
    providers: accept,
  };
}
