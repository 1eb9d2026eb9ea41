import { isStorageError, StorageError } from '@org/storage-core';
import { awaitMode, type FleetRegistry, MODES, type Mode, wantMode } from '@org/storage-hybrid';
import { Argument, type Command } from 'commander';
import { writeJson } from '../display.js';
import { parseDuration } from '../duration.js';
import { type EndpointOptions, openSource, openTarget, realDirectory } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { wantedLine } from '../fleet-lines.js';
import { LOOK_EVERY, neededFleet, openFleet } from '../fleet-place.js';
import { forgetFoundEmpty, noteFoundEmpty } from '../found-empty.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { fleetOptions } from '../on-migration.js';
import { withFleetOptions } from '../option.js';
import { waitLines } from '../wait-lines.js';
import type { FleetOptions } from './fleet.js';

interface ModeOptions extends FleetOptions, Pick<EndpointOptions, 'local'> {
  readonly target?: string;
  readonly force: boolean;
  readonly wait: boolean;
  readonly timeout?: number;
}

const HELP: Help = {
  summary: 'bring all processes of the application to the next mode, or back',
  about:
    'Sets the mode that all processes shall reach, and waits until they have: source → prepare → hybrid, and back the same way. ' +
    'It takes one step, and only if every process is in that mode or next to it; the processes go by themselves, each as soon as ' +
    'no other is in its way. target is reached by storage cutover, which looks at the gate first. Back in prepare, new files are ' +
    'written to the directory again, and everything is still found; in source nothing is found any more that only the ' +
    'bucket has, so that the bucket must be empty (--target): take the copies back before. On the way back from a bucket, prepare ' +
    'wants a directory (--target) without files: what lies in it would count as newer than the bucket’s.',
  examples: [
    ['storage mode prepare --fleet sqlite:/var/lib/app/fleet.sqlite', 'the first step'],
    ['storage mode prepare --storage uploads', 'the fleet of config/storage.yml'],
    ['storage mode hybrid --fleet s3://fleet --timeout 15min', 'the next, not waited for for ever'],
    [
      'storage mode source --fleet s3://fleet --target s3://app-files',
      'all the way back, if the bucket has nothing',
    ],
    [
      'storage mode prepare --fleet s3://fleet-back --target /srv/uploads-back',
      'from a bucket to a new directory: the first step, if nothing lies in it',
    ],
  ],
  exits: {
    done: 'all processes are in that mode',
    unresolved: 'not all are, and its time is over; the mode stays wanted',
    refused: 'somebody or something is in the way: the mode was not set',
    interrupted: 'by Ctrl-C or SIGTERM; the mode stays wanted',
  },
  next: [
    'storage fleet --fleet <registry>       where each process is, and what is in its way',
    'storage migrate <directory> <s3-url>   in the mode hybrid',
  ],
};

export function addMode(program: Command, finish: Finish): void {
  withHelp(withFleetOptions(program.command('mode')), HELP)
    .addArgument(new Argument('<mode>', 'the mode that all shall reach').choices(MODES))
    .option(
      '--target <place>',
      'for the mode source: the bucket, or the directory, which has to be empty; for prepare, on the way back: the new directory',
    )
    .option(
      '--force',
      'whatever the fleet is in: files can be out of sight then, and writes in source hidden later',
      false,
    )
    .option('--no-wait', 'set it, and end')
    .option('--timeout <time>', 'wait no longer: 90s, 15min, 1h', parseDuration)
    .action(async (mode: Mode, _: unknown, command: Command) => {
      const options = await fleetOptions<ModeOptions>(command, ({ places: [, target] }) => ({
        target,
      }));
      finish(await modeCommand(mode, options));
    });
}

async function modeCommand(mode: Mode, options: ModeOptions): Promise<ExitCode> {
  const { force, json, timeout } = options;
  await using fleet = await openFleet(neededFleet(options), options);
  const { registry } = fleet;
  try {
    if (mode === 'target' && !force)
      throw refusal('storage cutover does that, if the gate is open');
    const confirm = async () => {
      if (mode === 'source' && !force) await checkEmpty(options);
      if (mode === 'prepare' && !force) await checkNewDirectory(registry, options);
    };
    const wanted = await wantMode({ registry, mode, force, confirm });
    if (json) writeJson({ type: 'wanted', ...wanted });
    else process.stdout.write(`${wantedLine(wanted)}\n`);
  } catch (error) {
    if (!isStorageError(error, 'Conflict')) throw error;
    process.stderr.write(`storage: ${error.message}\n`);
    return EXIT.refused;
  }
  if (!options.wait) return EXIT.done;
  using interrupt = listenForInterrupt(() => {});
  const { stop: signal } = interrupt;
  try {
    const onWait = waitLines(json);
    await awaitMode({ registry, mode, timeout, signal, heartbeat: LOOK_EVERY, onWait });
  } catch (error) {
    if (signal.aborted) {
      process.stderr.write(`storage: interrupted; the mode ${mode} stays wanted\n`);
      return EXIT.interrupted;
    }
    if (!isStorageError(error, 'Timeout')) throw error;
    process.stderr.write(`storage: ${error.message}\n`);
    return EXIT.unresolved;
  }
  if (json) writeJson({ type: 'report', mode, outcome: 'reached' });
  else process.stdout.write(`all processes are in the mode ${mode}\n`);
  return EXIT.done;
}

/**
 * Asked when no process is beyond `prepare`, where nothing new gets into a bucket that has nothing.
 * @throws StorageError `Conflict` if the bucket has anything.
 */
async function checkEmpty(options: ModeOptions): Promise<void> {
  if (options.target === undefined)
    throw refusal(
      'name the bucket, or the directory (--target), which has to be empty; see storage mode --help',
    );
  await using target = options.target.startsWith('s3://')
    ? await openTarget(options.target, options, 1)
    : openSource({ directory: realDirectory(options.target) }, options);
  for await (const entry of target.list())
    throw refusal(
      `${options.target} is not empty: in the mode source, "${entry.type === 'file' ? entry.key : entry.prefix}" ` +
        'would not be found, or if it is deleted, its old file come back. Take the copies back first',
    );
  if (!options.target.startsWith('s3://')) forgetFoundEmpty(realDirectory(options.target));
}

/** Keys that a refusal names. */
const NAMED = 5;

/**
 * Before any process looks into a new directory, which is from `prepare` on, nothing may lie in it: it would hide what the bucket has, or
 * be a file that there never was. Later, files there are the application's.
 * @throws StorageError `Conflict` with some of them.
 */
async function checkNewDirectory(registry: FleetRegistry, options: ModeOptions): Promise<void> {
  const { target: place } = options;
  if (place === undefined || place.startsWith('s3://')) return;
  const before = (await registry.wanted())?.wanted.mode ?? 'source';
  const stages = (await registry.list()).flatMap(({ member }) => member.stages);
  const early = stages.every((stage) => stage === 'source' || stage === 'prepare');
  if (before !== 'source' || !early) return;
  const directory = realDirectory(place);
  await using target = openSource({ directory }, options);
  const found: string[] = [];
  for await (const entry of target.list()) {
    if (entry.type === 'file') found.push(JSON.stringify(entry.key));
    if (found.length > NAMED) break;
  }
  if (found.length === 0) {
    noteFoundEmpty(directory);
    return;
  }
  const more = found.length > NAMED ? ' and more' : '';
  throw refusal(
    `${place} has files already, which would count as newer than the bucket’s: ${found.slice(0, NAMED).join(', ')}${more}. ` +
      'Give a new directory. Files of an earlier migration’s archive are taken from there: storage migrate --adopt',
  );
}

function refusal(why: string): StorageError {
  return new StorageError('Conflict', `the mode was not set: ${why}`, { retryable: false });
}
