import { relative } from 'node:path';
import type { Explanation, Setting } from '@org/storage';
import type { Command } from 'commander';
import { writeJson } from '../display.js';
import { EXIT, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { print } from '../output.js';
import { type FileOptions, loadOptions, withFileOptions } from './file-options.js';

const HELP: Help = {
  summary: 'show the configuration in effect, and where each value is from',
  about:
    'Shows each setting of one environment as an application gets it: with variables filled in, the environment laid over the ' +
    'base, sizes in bytes and durations in milliseconds. Secrets are not shown.',
  examples: [
    ['storage config show', 'of the current environment'],
    ['storage config show --environment production --json', 'of production, for a script'],
  ],
  exits: { done: 'it was shown' },
  next: ['storage config validate   check all environments'],
};

export function addShow(config: Command, finish: Finish): void {
  withFileOptions(withHelp(config.command('show'), HELP))
    .option(
      '--environment <name>',
      'which environment (default: STORAGE_ENV, else NODE_ENV, else development)',
    )
    .action(async (options: FileOptions) => {
      const { explainConfiguration } = await import('@org/storage');
      const explanation = await explainConfiguration(loadOptions(options));
      if (options.json) writeJson({ type: 'configuration', ...explanation });
      else await print([lines(explanation).join('')]);
      finish(EXIT.done);
    });
}

function lines({ environment, files, settings }: Explanation): string[] {
  return [
    `# ${environment}: ${files.map(near).join(', ')}\n`,
    ...settings.map(
      (setting) => `${setting.path}: ${written(setting.value)}  ${origin(setting)}\n`,
    ),
  ];
}

/** Text as it is where that is plain, else as JSON, so that it can’t be mistaken. */
function written(value: unknown): string {
  if (typeof value === 'string' && /^[\w./:@+-]+$/.test(value)) return value;
  return JSON.stringify(value);
}

function origin({ file, line, variables = [] }: Setting): string {
  const place = line === undefined ? near(file) : `${near(file)}:${line}`;
  return ['#', place, ...variables.map((name) => `\${${name}}`)].join(' ');
}

/** A path from here, where that is shorter. */
function near(file: string): string {
  const path = relative(process.cwd(), file);
  return path.length < file.length ? path : file;
}
