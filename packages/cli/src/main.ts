import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addClean } from './command/clean.js';
import { addCompletion } from './command/completion.js';
import { addConfig } from './command/config.js';
import { addCutover } from './command/cutover.js';
import { addDoctor } from './command/doctor.js';
import { addExport } from './command/export.js';
import { addFleet } from './command/fleet.js';
import { addGate } from './command/gate.js';
import { addLimit } from './command/limit.js';
import { addMigrate } from './command/migrate.js';
import { addMode } from './command/mode.js';
import { addPause } from './command/pause.js';
import { addPlan } from './command/plan.js';
import { addProvision } from './command/provision.js';
import { addReferences } from './command/references.js';
import { addReport } from './command/report.js';
import { addRestore } from './command/restore.js';
import { addResume } from './command/resume.js';
import { addRetire } from './command/retire.js';
import { addRevert } from './command/revert.js';
import { addStatus } from './command/status.js';
import { addSweep } from './command/sweep.js';
import { addSync } from './command/sync.js';
import { addVerify } from './command/verify.js';
import { EXIT, type ExitCode, type Finish } from './exit-code.js';
import { describeFailure, exitCodeOf } from './failure.js';
import { HELP_STYLE } from './help.js';
import { tolerateDepartedReaders } from './output.js';

const AFTER = `
Each command's help has examples: storage migrate --help

Exit codes:
    0  done
    1  some files are unresolved, or a store is away: the same command goes on
    2  wrong usage or configuration: nothing was begun
    3  refused, since it would not be safe
  130  interrupted; the same command goes on`;

/** In the order in which the help shows them. */
const COMMANDS = [
  addDoctor,
  addProvision,
  addPlan,
  addMigrate,
  addSync,
  addPause,
  addResume,
  addLimit,
  addVerify,
  addRetire,
  addRestore,
  addRevert,
  addStatus,
  addReport,
  addExport,
  addFleet,
  addMode,
  addGate,
  addCutover,
  addSweep,
  addClean,
  addReferences,
  addConfig,
  addCompletion,
];

/** The `storage` command with all its commands. */
export function createProgram(finish: Finish): Command {
  const program = new Command('storage')
    .description('Moves files from a directory to S3, verified and resumable.')
    .version(version())
    .configureHelp(HELP_STYLE)
    .enablePositionalOptions() // a command below another one has its own of the same name
    .addHelpText('after', AFTER)
    .exitOverride();

  for (const add of COMMANDS) add(program, finish);
  return program;
}

/** Runs the `storage` command with the arguments behind its name. @returns the exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  tolerateDepartedReaders();
  let code: ExitCode = EXIT.done;
  const program = createProgram((outcome) => {
    code = outcome;
  });
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
