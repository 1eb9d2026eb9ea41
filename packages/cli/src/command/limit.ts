import type { Control } from '@org/storage-migration';
import type { Command } from 'commander';
import { type ControlOptions, changeControl, withControlOptions } from '../control.js';
import type { Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { onJournal } from '../on-migration.js';
import { type LimitOptions, withLimitOptions } from '../pace-option.js';

const HELP: Help = {
  summary: 'change how fast a run goes, while it runs',
  about:
    'Sets limits for the run that is under way, in whichever process: within a second, also for the files in flight as to the bandwidth. They ' +
    'hold for later runs, too, and go before what these are started with; reset takes one back. Without an option, shows what is set.',
  examples: [
    ['storage limit /srv/uploads s3://my-uploads --bandwidth 10MiB', 'during the day'],
    ['storage limit /srv/uploads s3://my-uploads --concurrency auto --rate 50', 'gently'],
    ['storage limit /srv/uploads s3://my-uploads --bandwidth reset', 'as it was started'],
  ],
  exits: { done: 'it is written down for the run' },
  next: ['storage pause <directory> <s3-url>   begin no file at all'],
};

export function addLimit(program: Command, finish: Finish): void {
  withHelp(withLimitOptions(withControlOptions(program.command('limit'))), HELP).action(
    onJournal(async (directory, url, options: ControlOptions & LimitOptions) => {
      finish(
        await changeControl({ directory, url, options }, (control) => limited(control, options)),
      );
    }),
  );
}

function limited(control: Control, given: LimitOptions): Control {
  const concurrency = wanted(control.concurrency, given.concurrency);
  const bandwidth = wanted(control.bandwidth, given.bandwidth);
  const rate = wanted(control.rate, given.rate);
  return {
    paused: control.paused,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(rate === undefined ? {} : { rate }),
  };
}

function wanted<T>(now: T | undefined, given: T | 'reset' | undefined): T | undefined {
  if (given === undefined) return now;
  return given === 'reset' ? undefined : given;
}
