import type { Command } from 'commander';
import type { Finish } from '../exit-code.js';
import { addReferencesCheck } from './references-check.js';
import { addReferencesUpdate } from './references-update.js';

export function addReferences(program: Command, finish: Finish): void {
  const references = program
    .command('references')
    .summary('the application’s table of files: tell it where they are, or check it')
    .description('Works with the table in which an application keeps which store has which file.');
  addReferencesUpdate(references, finish);
  addReferencesCheck(references, finish);
}
