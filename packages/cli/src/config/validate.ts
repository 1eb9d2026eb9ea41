import type { Mistake, Validation } from '@org/storage';
import type { Command } from 'commander';
import { writeJson } from '../display.js';
import { EXIT, type Finish } from '../exit-code.js';
import { counted } from '../format.js';
import { type Help, withHelp } from '../help.js';
import { print } from '../output.js';
import { type FileOptions, loadOptions, withFileOptions } from './file-options.js';

const HELP: Help = {
  summary: 'check the configuration, for all environments',
  about:
    'Tells all mistakes of a configuration at once, each with its file, line and column, what is allowed there and what was ' +
    'probably meant. Nothing is opened or reached but the files of the configuration and of its secrets; modules that it lists in plugins are run if a storage has a provider that is not built in. Variables and secrets of ' +
    'other environments than the current one need not be at hand.',
  examples: [
    ['storage config validate', 'all environments, such as before a commit'],
    [
      'storage config validate --environment production',
      'one, with its variables and secrets, such as before a start',
    ],
  ],
  exits: { done: 'there is no mistake; there may be warnings' },
  next: ['storage config show   the configuration in effect'],
};

export function addValidate(config: Command, finish: Finish): void {
  withFileOptions(withHelp(config.command('validate'), HELP))
    .option('--environment <name>', 'only this environment, as it is started here')
    .action(async (options: FileOptions) => {
      const { formatMistake, validateConfiguration } = await import('@org/storage');
      const validation = await validateConfiguration(loadOptions(options));
      if (options.json) writeJson({ type: 'validation', ...validation });
      else await print([lines(validation, formatMistake).join('')]);
      finish(validation.mistakes.length === 0 ? EXIT.done : EXIT.usage);
    });
}

function lines(
  { environments, mistakes, warnings }: Validation,
  format: (mistake: Mistake) => string,
): string[] {
  const checked = environments.length === 0 ? '' : `, in ${environments.join(', ')}`;
  return [
    ...mistakes.map((mistake) => `mistake: ${format(mistake)}\n`),
    ...warnings.map((warning) => `warning: ${format(warning)}\n`),
    `${counted(mistakes.length, 'mistake')}, ${counted(warnings.length, 'warning')}${checked}\n`,
  ];
}
