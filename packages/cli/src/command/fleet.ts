import { type MemberRecord, type WantedMode, watchFleet } from '@org/storage-hybrid';
import { type Command, Option } from 'commander';
import { writeJson } from '../display.js';
import type { S3Options } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { forgetOne } from '../fleet-forget.js';
import { memberLines, wantedLine } from '../fleet-lines.js';
import { LOOK_EVERY, neededFleet, type OpenFleet, openFleet } from '../fleet-place.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { fleetOptions } from '../on-migration.js';
import { withFleetOptions } from '../option.js';

export interface FleetOptions extends S3Options {
  readonly fleet?: string;
  readonly json: boolean;
}

interface FleetCommandOptions extends FleetOptions {
  readonly watch: boolean;
  readonly forget?: string;
  readonly force: boolean;
}

const HELP: Help = {
  summary: 'show the application’s processes, and where each is on the way',
  about:
    'Shows the mode that is wanted, and all processes that are in the registry: their stages, what waits in their spools, when they ' +
    'last read from the directory. A process that was killed stays in the registry until somebody watches for as long as it may ' +
    'be silent: --watch does, and removes it. One that has ended on this host goes as soon as nothing that it had sent can be under ' +
    'way any more, a third of that time. --forget waits for one, and removes it; with --force at once: do that only if you know that ' +
    'the process does not work any more, and that its last requests are over. A process that is alive or suspended is not removed.',
  examples: [
    ['storage fleet --fleet sqlite:/var/lib/app/fleet.sqlite', 'processes of one host'],
    ['storage fleet --storage uploads', 'the fleet of config/storage.yml'],
    ['storage fleet --fleet s3://fleet --watch', 'a registry in a bucket; goes on looking'],
    [
      'storage fleet --fleet s3://fleet --forget 1b2c…',
      'a command was killed, and the next one is refused: waits until it can be forgotten',
    ],
  ],
  exits: {
    done: 'it was told, whatever it is; or the process is forgotten',
    refused: 'the process that was to be forgotten is alive',
    interrupted: 'by Ctrl-C or SIGTERM',
  },
  next: ['storage mode <mode> --fleet <registry>   bring all processes to the next mode'],
};

export function addFleet(program: Command, finish: Finish): void {
  withHelp(withFleetOptions(program.command('fleet')), HELP)
    .option('--watch', 'go on looking, and remove who was killed', false)
    .addOption(
      new Option('--forget <id>', 'remove a process that was killed, when it is safe').conflicts(
        'watch',
      ),
    )
    .option(
      '--force',
      'with --forget: not so late; you know that it has ended, and its requests too',
      false,
    )
    .action(async (_: unknown, command: Command) => {
      const options = await fleetOptions<FleetCommandOptions>(command);
      await using fleet = await openFleet(neededFleet(options), options);
      const { forget } = options;
      if (forget !== undefined) finish(await forgetOne(fleet, { ...options, forget }));
      else if (options.watch) finish(await watch(fleet, options));
      else finish(await show(fleet, options));
    });
}

async function show({ registry }: OpenFleet, { json }: FleetOptions): Promise<ExitCode> {
  const [wanted, entries] = [await registry.wanted(), await registry.list()];
  const members = entries.map(({ member }) => member);
  write(wanted?.wanted, members, json);
  return EXIT.done;
}

/** Shows the fleet at first, and when anything but its times has changed. */
async function watch({ registry }: OpenFleet, { json }: FleetOptions): Promise<ExitCode> {
  using interrupt = listenForInterrupt(() => {});
  const { stop: signal } = interrupt;
  let last = '';
  try {
    for await (const sightings of watchFleet({ registry, signal, heartbeat: LOOK_EVERY })) {
      const wanted = (await registry.wanted())?.wanted;
      const members = sightings.map(({ member }) => member);
      const now = JSON.stringify([wanted, ...members.map(essence)]);
      if (now !== last) write(wanted, members, json);
      last = now;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return EXIT.interrupted;
}

/** What does not change with every beat. */
function essence({ id, stages, report }: MemberRecord): unknown {
  return [id, stages, report?.spool, report?.obstacle];
}

function write(
  wanted: WantedMode | undefined,
  members: readonly MemberRecord[],
  json: boolean,
): void {
  if (json) {
    writeJson({ type: 'fleet', wanted, members });
    return;
  }
  const none = members.length === 0 ? ['nobody is in the registry'] : [];
  const lines = [wantedLine(wanted), ...none, ...members.flatMap(memberLines)];
  process.stdout.write(`${lines.join('\n')}\n`);
}
