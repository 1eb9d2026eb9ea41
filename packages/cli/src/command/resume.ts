import type { Command } from 'commander';
import { type ControlOptions, changeControl, withControlOptions } from '../control.js';
import type { Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { onJournal } from '../on-migration.js';

const HELP: Help = {
  summary: 'let a paused run go on',
  about: 'Lets the run that storage pause has halted go on, within a second. Limits stay.',
  examples: [['storage resume /srv/uploads s3://my-uploads', 'go on']],
  exits: { done: 'it is written down for the run' },
  next: ['storage status <directory> <s3-url>   where it stands'],
};

export function addResume(program: Command, finish: Finish): void {
  withHelp(withControlOptions(program.command('resume')), HELP).action(
    onJournal(async (directory, url, options: ControlOptions) => {
      finish(
        await changeControl({ directory, url, options }, (control) => ({
          ...control,
          paused: false,
        })),
      );
    }),
  );
}
