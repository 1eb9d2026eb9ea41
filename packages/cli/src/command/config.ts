import type { Command } from 'commander';
import { addInit } from '../config/init.js';
import { addSchema } from '../config/schema.js';
import { addShow } from '../config/show.js';
import { addValidate } from '../config/validate.js';
import type { Finish } from '../exit-code.js';

export function addConfig(program: Command, finish: Finish): void {
  const config = program
    .command('config')
    .summary('the configuration file: show, check or begin it')
    .description(
      'Works with the file in which an application configures its storages: config/storage.yml, or the one that STORAGE_CONFIG names.',
    );
  addShow(config, finish);
  addValidate(config, finish);
  addInit(config, finish);
  addSchema(config, finish);
}
