import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { migrateCommand } from './command/migrate.js';
import type { RunOptions } from './command/run.js';
import { type StatusCommandOptions, statusCommand } from './command/status.js';
import { type VerifyCommandOptions, verifyCommand } from './command/verify.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { describeFailure, exitCodeOf } from './failure.js';
import { withEndpointOptions, withRunOptions } from './option.js';

const EXIT_CODES = `
Exit codes: 0 done · 1 some files are unresolved · 2 wrong usage or configuration ·
3 refused, since it would not be safe · 130 interrupted; the same command goes on`;

/** Runs the `storage` command with the arguments behind its name. @returns the exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = new Command('storage')
    .description('Moves files from a directory to S3, verified and resumable.')
    .version(version())
    .addHelpText('after', EXIT_CODES)
    .exitOverride();

  withRunOptions(program.command('migrate'))
    .description('copy what the bucket does not have; run it again to go on')
    .argument('<directory>', 'the directory whose files are copied; it is left as it is')
    .argument('<s3-url>', 's3://BUCKET or s3://BUCKET/PREFIX')
    .action(async (directory: string, url: string, options: RunOptions) => {
      code = await migrateCommand(directory, url, options);
    });

  withRunOptions(program.command('verify'))
    .description('compare every migrated file with what the bucket holds')
    .argument('<directory>', 'the directory that was migrated')
    .argument('<s3-url>', 'where it was migrated to')
    .option('--full', 'read every file back instead of comparing the server’s checksums', false)
    .action(async (directory: string, url: string, options: VerifyCommandOptions) => {
      code = await verifyCommand(directory, url, options);
    });

  withEndpointOptions(program.command('status'))
    .description('show where a migration stands, from its journal')
    .argument('[directory]', 'the directory that is migrated')
    .argument('[s3-url]', 'where it is migrated to')
    .option('--problems', 'list every file that is not settled and everything skipped', false)
    .option('--json', 'JSON lines on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false)
    .action(
      async (
        directory: string | undefined,
        url: string | undefined,
        options: StatusCommandOptions,
      ) => {
        code = await statusCommand(directory, url, options);
      },
    );

  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    process.stderr.write(`storage: ${describeFailure(error, args.includes('--debug'))}\n`);
    return exitCodeOf(error);
  }
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) {
    return String(parsed.version);
  }
  return 'unknown';
}
