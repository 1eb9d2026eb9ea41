import { StorageError } from '@org/storage-core';
import { MODES, type Mode } from '@org/storage-hybrid';
import { type Command, Option } from 'commander';
import { asksForConfiguration, type ConfigurationOptions } from '../configuration-option.js';
import { writeJson } from '../display.js';
import type { Places } from '../doctor/from-arguments.js';
import type { Configured } from '../doctor/from-configuration.js';
import { doctorLines } from '../doctor/lines.js';
import { type Patient, ROLES, type Role } from '../doctor/patient.js';
import { reportOf } from '../doctor/report.js';
import { connectionOf, type EndpointOptions } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { fleetOption } from '../fleet-option.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { withMigrationOptions } from '../option.js';

interface DoctorOptions extends EndpointOptions, ConfigurationOptions {
  readonly mode?: Mode;
  readonly role: Role;
  readonly fleet?: string;
  readonly json: boolean;
}

/** Milliseconds for one answer. */
const LIMIT = 10_000;

const HELP: Help = {
  summary: 'look at all that is needed, and tell how to mend it',
  about:
    'Looks at the configuration, the directory and its disk, the way to the server, its clock and certificate, the credentials, the bucket, ' +
    'each permission that the role needs, what the server does of itself, the journal and the fleet. Permissions are tried with a random ' +
    'key below .storage/doctor- which is removed again, and so is what trials have left there that were killed. Nothing else is changed.',
  examples: [
    ['storage doctor /srv/uploads s3://my-uploads --role migrator', 'before a migration'],
    [
      'storage doctor s3://my-uploads/files --region eu-central-1',
      'an application that works on a bucket',
    ],
    [
      'storage doctor --storage uploads --config config/storage.yml --json',
      'a storage of the configuration, for a script',
    ],
  ],
  exits: {
    done: 'nothing has failed; there may be warnings',
    unresolved: 'something has failed',
    interrupted: 'by Ctrl-C or SIGTERM, after tidying up',
  },
  next: ['storage plan <directory> <s3-url>   what there is to migrate, and how long it takes'],
};

export function addDoctor(program: Command, finish: Finish): void {
  withHelp(withMigrationOptions(program.command('doctor')), HELP)
    .argument('[directory]', 'the directory, if there is one')
    .argument('[s3-url]', 'the bucket, if there is one')
    .addOption(
      new Option(
        '--mode <mode>',
        'in which the application works, or is to (default: hybrid with both, else source or target)',
      ).choices(MODES),
    )
    .addOption(
      new Option('--role <role>', 'who works with the bucket')
        .choices(ROLES)
        .default('application'),
    )
    .addOption(fleetOption())
    .option('--json', 'the report as a line of JSON on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false)
    .action(
      async (first: string | undefined, second: string | undefined, options: DoctorOptions) => {
        const words = [first, second].flatMap((word) => word ?? []);
        finish(await doctor(words, options));
      },
    );
}

async function doctor(words: readonly string[], options: DoctorOptions): Promise<ExitCode> {
  // Imported where it is wanted: without it, a command begins sooner.
  const [{ CHECKS }, { examine }] = await Promise.all([
    import('../doctor/checks.js'),
    import('../doctor/examine.js'),
  ]);
  const patient = await patientOf(words, options);
  using interrupt = listenForInterrupt(() => {});
  await using _ = patient.bucket?.inspection;
  const report = reportOf(await examine(CHECKS, patient, interrupt.stop));
  if (options.json) writeJson(report);
  else process.stdout.write(`${doctorLines(report).join('\n')}\n`);
  return report.healthy ? EXIT.done : EXIT.unresolved;
}

/** What the command line says goes before the configuration. */
async function patientOf(words: readonly string[], options: DoctorOptions): Promise<Patient> {
  const places = await placesOf(words, options);
  const { role, mode = places.mode ?? modeOf(places), fleet = places.fleet } = options;
  return { ...places, mode, role, limit: LIMIT, ...(fleet === undefined ? {} : { fleet }) };
}

async function placesOf(
  words: readonly string[],
  options: DoctorOptions,
): Promise<Partial<Configured> & Pick<Configured, 's3'>> {
  if (words.length === 0 && asksForConfiguration(options)) {
    const { fromConfiguration } = await import('../doctor/from-configuration.js');
    return fromConfiguration(options);
  }
  if (options.storage !== undefined)
    throw new StorageError(
      'InvalidArgument',
      'name either places or a storage of the configuration (--storage), not both',
    );
  const { fromArguments } = await import('../doctor/from-arguments.js');
  const places = fromArguments(words, options);
  if (Object.keys(places).length > 0 || options.fleet !== undefined)
    return { ...places, s3: connectionOf(options) };
  throw new StorageError(
    'InvalidArgument',
    'name a directory, an s3://BUCKET/PREFIX or both, or a storage of the configuration (--storage, --config)',
  );
}

function modeOf({ directory, bucket }: Places): Mode {
  if (directory === undefined) return 'target';
  return bucket === undefined ? 'source' : 'hybrid';
}
