import type { Command } from 'commander';
import { EXIT, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { print } from '../output.js';

interface SchemaOptions {
  readonly config?: string;
  readonly accept: readonly string[];
}

const HELP: Help = {
  summary: 'write the JSON Schema of configuration files',
  about:
    'Writes the JSON Schema (draft 7) of configuration files, by which editors complete and check YAML and JSON. Providers of third ' +
    'parties are in it if they are named, or if the modules of a configuration (--config) have them.',
  examples: [
    ['storage config schema > config/storage.schema.json', 'for an editor'],
    ['storage config schema --config config/storage.yml', 'with the providers of its plugins'],
  ],
  exits: { done: 'it was written, or the reader had enough' },
  next: ['storage config validate   check a configuration, with more than a schema can tell'],
};

export function addSchema(config: Command, finish: Finish): void {
  withHelp(config.command('schema'), HELP)
    .option('--config <file>', 'a configuration whose plugins have providers of third parties')
    .option(
      '--accept <provider>',
      'a provider of a third party that the application registers in its code; may be given several times',
      (name: string, others: readonly string[]) => [...others, name],
      [],
    )
    .option('--debug', 'show errors with their causes and stacks', false)
    .action(async ({ config: file, accept }: SchemaOptions) => {
      const { configurationSchema, loadPlugins } = await import('@org/storage');
      const plugins = file === undefined ? {} : await loadPlugins({ file });
      const providers = [...new Set([...accept, ...Object.keys(plugins)])];
      await print([`${JSON.stringify(configurationSchema({ providers }), null, 2)}\n`]);
      finish(EXIT.done);
    });
}
