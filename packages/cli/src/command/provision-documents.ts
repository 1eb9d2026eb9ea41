import { StorageError } from '@org/storage-core';
import type { FileRole, Infrastructure, InfrastructureRole, Role } from '@org/storage-s3/provision';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { readSettings } from '../provision/settings-file.js';
import { parseS3Url } from '../s3-url.js';

const ROLES: readonly Role[] = ['application', 'migrator', 'readonly', 'provisioner'];
const MODES = ['source', 'prepare', 'hybrid', 'target'] as const;
const SERVERS = ['aws', 'ceph', 'minio', 'generic'] as const;
const FEATURES = ['tags', 'versions', 'unfinished-uploads', 'probe', 'acl'] as const;

const IAM_HELP: Help = {
  summary: 'print the policy that a role needs, and no more',
  about:
    'Prints a policy for a user or role of IAM, as JSON: what the application, the migration, a reader, or this command itself asks S3 for. ' +
    'Nothing is sent anywhere. On Amazon S3 the policy of the migrator allows writes and deletes with a precondition only.',
  examples: [
    [
      'storage provision iam application s3://my-uploads/files --mode hybrid',
      'an application on its way',
    ],
    [
      'storage provision iam migrator s3://my-uploads/files --fleet ops/.fleet',
      'a migration beside it',
    ],
  ],
  exits: { done: 'the policy is on standard output' },
  next: ['storage doctor s3://my-uploads   try what the credentials allow'],
};

const templateHelp = (name: 'cloudformation' | 'terraform', of: string, file: string): Help => ({
  summary: `print the same bucket and its roles for ${of}`,
  about:
    `Prints the bucket with all its settings, and a policy for each role, for ${of}, as JSON. ` +
    'It makes of a new bucket what this command’s parent does. Nothing is sent anywhere.',
  examples: [
    [
      `storage provision ${name} s3://my-uploads/files --region eu-central-1 --role application --role migrator > ${file}`,
      'what is below files is the application’s',
    ],
  ],
  exits: { done: 'the document is on standard output' },
  next: ['storage provision s3://my-uploads --dry-run   whether the bucket is so'],
});

interface IamOptions {
  readonly mode?: (typeof MODES)[number];
  readonly server: (typeof SERVERS)[number];
  readonly region?: string;
  readonly feature: readonly (typeof FEATURES)[number][];
  readonly kmsKey?: string;
  readonly fleet?: string;
}

interface TemplateOptions {
  readonly region: string;
  readonly settings?: string;
  readonly role: readonly Role[];
  readonly trusts?: string;
  readonly guard: boolean;
}

/** What `storage provision` makes, as documents for others to make it. */
export function addProvisionDocuments(provision: Command, finish: Finish): void {
  withHelp(provision.command('iam'), IAM_HELP)
    .addArgument(new Argument('<role>', 'whose').choices(ROLES))
    .argument('<s3-url>', 's3://BUCKET/PREFIX')
    .addOption(
      new Option('--mode <mode>', 'of an application between two stores: where it is').choices(
        MODES,
      ),
    )
    .addOption(
      new Option('--server <kind>', 'what the bucket is on').choices(SERVERS).default('aws'),
    )
    .option('--region <name>', 'for those of China and of the US government')
    .addOption(
      new Option('--feature <name>', 'what else it does; may be repeated')
        .choices(FEATURES)
        .default([])
        .argParser(repeated(FEATURES)),
    )
    .option('--kms-key <arn>', 'the key that files are encrypted with')
    .option('--fleet <prefix>', 'where in the bucket the registry is: ops/.fleet')
    .action(async (role: Role, url: string, options: IamOptions) => {
      const { iamPolicy } = await import('@org/storage-s3/provision');
      const { feature, kmsKey, fleet, ...rest } = options;
      const asked = {
        ...Object.fromEntries(feature.map((name) => [camelCase(name), true])),
        ...(kmsKey === undefined ? {} : { kmsKey }),
        ...(fleet === undefined ? {} : { fleet }),
      };
      print(iamPolicy(role, { ...parseS3Url(url), ...rest, features: asked }));
      finish(EXIT.done);
    });

  withTemplate(provision, 'cloudformation', 'CloudFormation', 'bucket.json', async (given) => {
    const { cloudFormationTemplate } = await import('@org/storage-s3/provision');
    print(cloudFormationTemplate(given));
    finish(EXIT.done);
  });
  withTemplate(provision, 'terraform', 'Terraform or OpenTofu', 'bucket.tf.json', async (given) => {
    const { terraformConfiguration } = await import('@org/storage-s3/provision');
    print(terraformConfiguration(given));
    finish(EXIT.done);
  });
}

function withTemplate(
  provision: Command,
  name: 'cloudformation' | 'terraform',
  of: string,
  file: string,
  write: (given: Infrastructure) => Promise<void>,
): void {
  withHelp(provision.command(name), templateHelp(name, of, file))
    .argument('<s3-url>', 's3://BUCKET/PREFIX; the prefix is that of the roles')
    .requiredOption('--region <name>', 'where the bucket is')
    .option('--settings <file>', 'how it shall be, as JSON')
    .addOption(
      new Option('--role <role>', 'who works on it; may be repeated')
        .choices(ROLES)
        .default([])
        .argParser(repeated(ROLES)),
    )
    .option('--trusts <principal>', 'who may take these roles: a service or an ARN')
    .option(
      '--guard',
      'with --role migrator and --trusts: the bucket denies the migrator’s role what could overwrite',
      false,
    )
    .action(async (url: string, options: TemplateOptions) => {
      const { region, settings, role, trusts, guard } = options;
      const { bucket, prefix } = parseS3Url(url);
      const place = prefix === '' ? {} : { prefix };
      const taken = trusts === undefined ? {} : { trusts };
      if (guard && !role.includes('migrator'))
        throw new StorageError('InvalidArgument', '--guard is for --role migrator');
      const roles = role.map((each): InfrastructureRole => {
        const isOfFiles = (FILE_ROLES as readonly Role[]).includes(each);
        const guarded = guard && each === 'migrator' ? { guard } : {};
        return { role: each, ...taken, ...(isOfFiles ? place : {}), ...guarded };
      });
      const wanted = settings === undefined ? {} : await readSettings(settings);
      await write({ bucket, region, settings: wanted, roles });
    });
}

const FILE_ROLES: readonly FileRole[] = ['application', 'migrator', 'readonly'];

function repeated<T extends string>(choices: readonly T[]) {
  return (value: string, before: readonly T[]): readonly T[] => {
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined)
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return [...before, chosen];
  };
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function print(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
