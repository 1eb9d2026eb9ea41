import type { Command } from 'commander';
import { EXIT, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { print } from '../output.js';

const HELP: Help = {
  summary: 'write the JSON Schema of configuration files',
  about:
    'Writes the JSON Schema (draft 7) of configuration files, by which editors complete and check YAML and JSON.',
  examples: [['storage config schema > storage.schema.json', 'for an editor']],
  exits: { done: 'it was written, or the reader had enough' },
  next: ['storage config validate   check a configuration, with more than a schema can tell'],
};

export function addSchema(config: Command, finish: Finish): void {
  withHelp(config.command('schema'), HELP)
    .option('--debug', 'show errors with their causes and stacks', false)
    .action(async () => {
      const { configurationSchema } = await import('@org/storage');
      await print([`${JSON.stringify(configurationSchema(), null, 2)}\n`]);
      finish(EXIT.done);
    });
}
