import type { Command } from 'commander';
import { type ControlOptions, changeControl, withControlOptions } from '../control.js';
import type { Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { onJournal } from '../on-migration.js';

const HELP: Help = {
  summary: 'let a run finish its files in flight, and begin no other',
  about:
    'Lets the run that is under way, in whichever process, finish the files in flight and begin no other, within a second. It stays so for later ' +
    'runs, too, until storage resume.',
  examples: [['storage pause /srv/uploads s3://my-uploads', 'while the disk is needed']],
  exits: { done: 'it is written down for the run' },
  next: ['storage resume <directory> <s3-url>   go on'],
};

export function addPause(program: Command, finish: Finish): void {
  withHelp(withControlOptions(program.command('pause')), HELP).action(
    onJournal(async (directory, url, options: ControlOptions) => {
      finish(
        await changeControl({ directory, url, options }, (control) => ({
          ...control,
          paused: true,
        })),
      );
    }),
  );
}
