import type { Control } from '@org/storage-migration';
import type { Command } from 'commander';
import { writeJson } from './display.js';
import type { EndpointOptions } from './endpoints.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { type Looked, lookInto } from './look.js';
import { withLookOptions } from './option.js';
import { limitText, PAUSED } from './pace-text.js';

/** Options of the commands that change what a run goes by. */
export interface ControlOptions extends EndpointOptions {
  readonly json: boolean;
}

export function withControlOptions(command: Command): Command {
  return withLookOptions(command).option('--json', 'JSON lines on standard output', false);
}

/** Changes what runs go by, those under way too, and shows what it is now. */
export async function changeControl(
  looked: Looked & { readonly options: ControlOptions },
  change: (control: Control) => Control,
): Promise<ExitCode> {
  const control = await lookInto(looked, async (journal) => {
    const changed = change(await journal.control());
    await journal.setControl(changed);
    return changed;
  });
  if (looked.options.json) writeJson({ type: 'control', ...control });
  else {
    const limits = limitText(control) || 'no limits but those that a run is started with';
    process.stdout.write(`${control.paused ? PAUSED : 'not paused'}\n${limits}\n`);
  }
  return EXIT.done;
}
