import {
  applyBucket,
  type BucketOutcome,
  type BucketPlan,
  createBucketClient,
  isPending,
  planBucket,
} from '@org/storage-s3/provision';
import { type Command, Option } from 'commander';
import { confirm } from '../confirm.js';
import { writeJson } from '../display.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { withS3Options } from '../option.js';
import { bucketSide } from '../provision/bucket-side.js';
import { outcomeLines, planLines } from '../provision/lines.js';
import type { ProvisionOptions } from '../provision/provision-options.js';
import { addProvisionDocuments } from './provision-documents.js';

const HELP: Help = {
  summary: 'create the bucket, or make it as it shall be: closed, encrypted, tidied up',
  about:
    'Compares a bucket with its desired state, shows the differences, asks, and then makes it so: region, versioning, encryption, public access, ' +
    'policy, lifecycle, CORS, tags, logging. Without settings, it makes a bucket that nobody else gets into. Nothing that others have set up is ' +
    'taken away, no file is touched, and what is stricter stays unless the settings ask for less. What the server does not know is told and left out.',
  examples: [
    ['storage provision s3://my-uploads --region eu-central-1 --dry-run', 'what it would do'],
    [
      'storage provision s3://my-uploads --settings bucket.json --yes',
      'by a file: what stands below provision in a configuration, as JSON',
    ],
    [
      'storage provision --storage uploads --config config/storage.yml',
      'the bucket of a storage of the configuration',
    ],
  ],
  exits: {
    done: 'the bucket is as it shall be, but for what the server does not know',
    unresolved: 'something was denied, has failed, or was changed by somebody else',
    refused: 'with --dry-run: there are differences',
    interrupted: 'the question was answered by no, or Ctrl-C; the same command goes on',
  },
  next: ['storage doctor s3://my-uploads   what the application may do there'],
};

export function addProvision(program: Command, finish: Finish): void {
  const command = withHelp(withS3Options(program.command('provision')), HELP)
    .argument('[s3-url]', 'the bucket: s3://BUCKET')
    .option('--settings <file>', 'how it shall be, as JSON (default: what the configuration says)')
    .option('--storage <name>', 'the bucket of a storage of the configuration, instead')
    .addOption(
      new Option(
        '--config <file>',
        'the configuration (default: that which the application finds)',
      ).env('STORAGE_CONFIG'),
    )
    .option('--environment <name>', 'which of its environments')
    .option('--dry-run', 'show the differences, and change nothing', false)
    .option('--yes', 'do not ask', false)
    .option('--json', 'JSON lines on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false)
    .action(async (url: string | undefined, options: ProvisionOptions) => {
      finish(await provision(url, options));
    });
  addProvisionDocuments(command, finish);
}

async function provision(url: string | undefined, options: ProvisionOptions): Promise<ExitCode> {
  const { options: place, settings } = await bucketSide(url, options);
  const { bucket, server } = place;
  const client = createBucketClient(place);
  try {
    const plan = await planBucket(client, bucket, settings, { server });
    tellPlan(plan, options);
    if (!plan.differences.some(isPending)) return exitCodeOf(plan, []);
    if (options.dryRun) return EXIT.refused;
    if (!(await confirm('Make these changes?', options))) return EXIT.interrupted;
    using interrupt = listenForInterrupt(() => {});
    const { stop: signal } = interrupt;
    const outcomes = await applyBucket(client, plan, { signal });
    tellOutcomes(outcomes, options);
    const again = await planBucket(client, bucket, settings, { server, signal });
    const left = withoutUnsupported(again, outcomes);
    tellPlan(left, options);
    return exitCodeOf(left, outcomes);
  } finally {
    client.destroy();
  }
}

/** What the server has been seen not to keep can’t be told from what it has not got yet. */
function withoutUnsupported(plan: BucketPlan, outcomes: readonly BucketOutcome[]): BucketPlan {
  const unsupported = outcomes.filter(({ result }) => result === 'unsupported');
  const names = unsupported.map(({ setting }) => setting);
  const differences = plan.differences.filter(({ setting }) => !names.includes(setting));
  return { ...plan, differences };
}

function exitCodeOf(plan: BucketPlan, outcomes: readonly BucketOutcome[]): ExitCode {
  const isFine =
    outcomes.every(({ result }) => result === 'done' || result === 'unsupported') &&
    plan.differences.every(({ kind }) => kind === 'none' || kind === 'unsupported');
  return isFine ? EXIT.done : EXIT.unresolved;
}

function tellPlan(plan: BucketPlan, { json }: ProvisionOptions): void {
  const { bucket, server, differences } = plan;
  if (json) writeJson({ type: 'plan', bucket, server, differences });
  else process.stdout.write(`${planLines(plan).join('\n')}\n`);
}

function tellOutcomes(outcomes: readonly BucketOutcome[], { json }: ProvisionOptions): void {
  if (json) writeJson({ type: 'outcomes', outcomes });
  else process.stdout.write(`${outcomeLines(outcomes).join('\n')}\n`);
}
