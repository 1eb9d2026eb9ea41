import { StorageError } from '@org/storage-core';
import type { Command } from 'commander';
import {
  asksForConfiguration,
  type ConfigurationOptions,
  configurationFlags,
} from './configuration-option.js';
import { type ConfiguredStorage, configuredStorage, unnamed } from './configured-storage.js';

type Action = (
  first: string | undefined,
  second: string | undefined,
  _: unknown,
  command: Command,
) => Promise<void>;

/** Which options of a command a configuration stands for, beside those that all commands have. */
type Further<Options> = (storage: ConfiguredStorage) => Partial<Options>;

type Places = readonly [first: string | undefined, second: string | undefined];

/** For a command that works on a migration: its arguments name it, the source first, or a configuration does. */
export function onMigration<Options extends object>(
  act: (first: string, second: string, options: Options) => Promise<void>,
  further?: Further<NoInfer<Options>>,
): Action {
  return async (first, second, _, command) => {
    const [source, target] = await completed(command, [first, second], { further });
    if (source === undefined || target === undefined) throw unnamed();
    await act(source, target, command.opts<Options>());
  };
}

/** The same for a command to which a directory is enough. */
export function onDirectory<Options extends object>(
  act: (directory: string, url: string | undefined, options: Options) => Promise<void>,
  further?: Further<NoInfer<Options>>,
): Action {
  return async (first, second, _, command) => {
    const [directory, url] = await completed(command, [first, second], { further });
    if (directory === undefined) throw unnamed();
    await act(directory, url, command.opts<Options>());
  };
}

/** The same for a command to which a journal (`--journal`) is enough. */
export function onJournal<Options extends object>(
  act: (first: string | undefined, second: string | undefined, options: Options) => Promise<void>,
): Action {
  return async (first, second, _, command) => {
    const [source, target] = await completed(command, [first, second], {
      enough: isGiven(command, 'journal'),
    });
    await act(source, target, command.opts<Options>());
  };
}

/** The options of a command that is about the application’s processes, completed by a configuration if they need it. */
export async function fleetOptions<Options extends object>(
  command: Command,
  further?: Further<NoInfer<Options>>,
): Promise<Options> {
  const enough = isGiven(command, 'fleet');
  await completed(command, [undefined, undefined], { enough, further });
  return command.opts<Options>();
}

interface Completion<Options> {
  /** Whether the command knows enough without a configuration. Default `false`. */
  readonly enough?: boolean;
  readonly further?: Further<NoInfer<Options>> | undefined;
}

/**
 * What a command line names; if it names nothing, what a configuration does. Its settings become options of the command, after those
 * of the command line and of variables.
 */
async function completed<Options extends object>(
  command: Command,
  places: Places,
  { enough = false, further }: Completion<Options>,
): Promise<Places> {
  if (places[0] !== undefined) {
    const [flag] = configurationFlags(command);
    if (flag === undefined) return places;
    throw new StorageError(
      'InvalidArgument',
      `directory and address are named already: leave them out, or ${flag}`,
    );
  }
  if (enough) return places;
  const options = command.opts<ConfigurationOptions & { stopped?: boolean; json?: boolean }>();
  const storage = await configuredStorage(options);
  const { fleet, ...others } = storage.options;
  setOptions(command, {
    ...{ ...others, ...further?.(storage), storage: storage.name },
    ...(options.stopped === true ? {} : { fleet }),
  });
  const { name, file, environment } = storage;
  if (options.json !== true)
    process.stderr.write(`storage ${name} of ${file}, environment ${environment}\n`);
  return storage.places;
}

/** Whether an option is all that a command needs, since nothing that is as near asks for a configuration. */
function isGiven(command: Command, name: string): boolean {
  const source = command.getOptionValueSource(name);
  if (source === 'cli') return configurationFlags(command).length === 0;
  return source === 'env' && !asksForConfiguration(command.opts());
}

function setOptions(command: Command, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    const source = command.getOptionValueSource(name);
    if (value === undefined || source === 'cli' || source === 'env') continue;
    command.setOptionValueWithSource(name, value, 'config');
  }
}
