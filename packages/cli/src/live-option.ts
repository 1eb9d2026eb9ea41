import { type Command, Option } from 'commander';
import type { Needed } from './lease.js';

/** Beside a migration: all processes write to the bucket, and none may go back. */
export const SETTLED: Needed = { allowed: ['settled'], stage: 'settled' };

/** The option that lets an application work on both stores meanwhile. */
export function withLiveOption(command: Command): Command {
  const fleet = new Option(
    '--fleet <registry>',
    'beside an application in the mode hybrid: the registry that its processes use, as for storage fleet (default: nobody writes meanwhile)',
  );
  return command.addOption(fleet.env('STORAGE_FLEET'));
}
