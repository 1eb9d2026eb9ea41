import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addMigrate } from './command/migrate.js';
import { addStatus } from './command/status.js';
import { addVerify } from './command/verify.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { describeFailure, exitCodeOf } from './failure.js';

const EXIT_CODES = `
Exit codes: 0 done · 1 some files are unresolved · 2 wrong usage or configuration ·
3 refused, since it would not be safe · 130 interrupted; the same command goes on`;

/** In the order in which the help shows them. */
const COMMANDS = [addMigrate, addVerify, addStatus];

/** Runs the `storage` command with the arguments behind its name. @returns the exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = new Command('storage')
    .description('Moves files from a directory to S3, verified and resumable.')
    .version(version())
    .addHelpText('after', EXIT_CODES)
    .exitOverride();

  for (const add of COMMANDS) {
    add(program, (outcome) => {
      code = outcome;
    });
  }

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
