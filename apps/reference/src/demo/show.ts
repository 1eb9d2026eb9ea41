import { setTimeout as sleep } from 'node:timers/promises';
import { type Demo, openDemo } from './demo.js';
import { migrateByDashboard } from './journey.js';
import { problemsOf } from './proof.js';
import type { ServerAddress } from './server-address.js';

export interface ShowOptions {
  readonly scratch: string;
  readonly server: ServerAddress;
  readonly webRoot?: string | undefined;
  readonly files: number;
  readonly port: number;
  /** At once, and with `once` ended by itself. */
  readonly migrate: boolean;
  readonly once: boolean;
  /** When it fires, everything ends. */
  readonly stop: AbortSignal;
  readonly print: (text: string) => void;
}

/** Bytes a second at which a migration begins that somebody starts from the dashboard: slow enough to be watched. */
const WATCHABLE = 2_000_000;

/** Runs the application until it is stopped, or, with `once`, until it was migrated. @returns the exit code. */
export async function show(options: ShowOptions): Promise<number> {
  const { migrate, once, stop, print } = options;
  const begun = performance.now();
  const demo = await openDemo({ ...options, ...(migrate ? {} : { bandwidth: WATCHABLE }) });
  try {
    print(`${demo.files} files are in ${demo.root}. Eight users work on them without a pause, by two
processes of the application: they upload, read, list and delete, and check every answer.

`);
    if (!once)
      print(`  ${demo.url}/admin/migration
  log in as ${demo.admin.email} with ${demo.admin.password}

`);
    if (migrate) await migrateAtOnce(demo, stop, print);
    if (!once) return await watched(demo, migrate, stop, print);
    const problems = await problemsOf(demo);
    const { operations, wrong, failed } = demo.crowd.tally;
    print(`
${operations} operations of users: ${wrong} wrong answers, ${failed} failures, in ${seconds(begun)}.
${problems.length === 0 ? 'The directory is empty, and the table agrees with the bucket.' : problems.join('\n')}
`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await demo.close();
  }
}

async function migrateAtOnce(
  demo: Demo,
  stop: AbortSignal,
  print: (text: string) => void,
): Promise<void> {
  let last = performance.now();
  let before = 0;
  const onPhase = (phase: string, about: string) => {
    const { operations, wrong } = demo.crowd.tally;
    print(
      `${phase.padEnd(8)} ${seconds(last).padStart(7)} ${String(operations - before).padStart(5)} operations, ${wrong} wrong   ${about}\n`,
    );
    last = performance.now();
    before = operations;
  };
  await migrateByDashboard(demo, onPhase, stop);
}

/** Tells how the users fare, until it is stopped. */
async function watched(
  { crowd }: Demo,
  migrated: boolean,
  stop: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  print(migrated ? '\nIt is done; the application goes on. ' : 'Start the migration from there. ');
  print('Ctrl-C ends it, and removes everything.\n');
  let told = 0;
  while (!stop.aborted) {
    await sleep(5_000, undefined, { signal: stop }).catch(() => {}); // it is time to end
    const { operations, wrong, failed, problems } = crowd.tally;
    print(`${operations} operations of users, ${wrong} wrong answers, ${failed} failures\n`);
    for (const problem of problems.slice(told)) print(`  ${problem}\n`);
    told = problems.length;
  }
  return crowd.tally.wrong + crowd.tally.failed === 0 ? 0 : 1;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
