import { type Command, Option } from 'commander';
import type { Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { withS3Options } from '../option.js';
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
      // Imported where it is wanted: without it, a command begins sooner.
      const { provision } = await import('../provision/provision.js');
      finish(await provision(url, options));
    });
  addProvisionDocuments(command, finish);
}
