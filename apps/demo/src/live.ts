import { rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { requireStages } from '@org/storage-hybrid';
import {
  type EventListener,
  migrate,
  openSqliteJournal,
  retireFiles,
  sqliteFleetRegistry,
  verify,
} from '@org/storage-migration';
import { BUCKET, type ServerAddress } from './address.js';
import { contentOf, FILES, keyOf } from './content.js';
import { Display } from './display.js';
import { Fleet } from './fleet.js';
import { openSource, openTarget, type Places } from './stores.js';

/** Files under way at once: few, so that there is something to watch. */
const CONCURRENCY = 2;

/** Moves an application from a directory to a bucket while it works. @returns the exit code: 1 if it noticed anything. */
export async function migrateLive(scratch: string, server: ServerAddress): Promise<number> {
  const root = join(scratch, 'files');
  const places: Places = { root, registry: join(scratch, 'fleet.sqlite'), server };
  await fill(root);
  process.stdout.write(`${FILES} files are in ${root}. Two processes of an application work on them without
a pause: their users read, write and delete, and check every answer against what they did before.

`);
  const fleet = new Fleet();
  const interrupt = () => {
    fleet.kill();
    rmSync(scratch, { recursive: true, force: true });
    process.exit(130);
  };
  process.once('SIGINT', interrupt);
  const display = new Display(() => fleet.tally());
  try {
    fleet.open(places);
    await display.phase('source', 'all goes on as before', () => fleet.roll('source'));
    await display.phase('prepare', 'each process looks into the bucket first', () =>
      fleet.roll('prepare'),
    );
    await display.phase('hybrid', 'what is written goes to the bucket', () => fleet.roll('hybrid'));
    await moveTheRest(places, display);
    await display.phase('target', 'nobody looks into the directory any more', () =>
      fleet.roll('target'),
    );
    await display.phase('check', 'every user looks at every file once more', () => fleet.end());
  } finally {
    display.close();
    await fleet.end();
    process.off('SIGINT', interrupt);
  }
  const { operations, wrong, failed, slowest } = fleet.tally();
  process.stdout.write(`
${operations} operations of users meanwhile: ${wrong} wrong answers, ${failed} failures; the slowest took ${Math.round(slowest)} ms.
`);
  return wrong + failed === 0 && operations > 0 ? 0 : 1;
}

/** Plain files, of an application that has never heard of this library. */
async function fill(root: string): Promise<void> {
  for (let file = 0; file < FILES; file++) {
    const path = join(root, keyOf(file));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contentOf(keyOf(file), 0));
  }
}

/** What the operator does: `storage migrate`, `verify` and `retire`. */
async function moveTheRest(places: Places, display: Display): Promise<void> {
  const registry = sqliteFleetRegistry(places.registry);
  await using source = openSource(places);
  await using target = openTarget(places);
  const endpoints = { source: places.root, target: `s3://${BUCKET}` };
  const journal = await openSqliteJournal({ file: `${places.registry}.journal`, endpoints });
  const stores = { source, target, journal, concurrency: CONCURRENCY };
  try {
    const lease = await requireStages({
      ...{ registry, allowed: ['settled'], heartbeat: 500, drain: 5_000 },
      onWait: () => {},
    });
    await display.phase('migrate', 'the rest is copied', async (show) =>
      expectOutcome('complete', await migrate({ ...stores, live: lease, onEvent: counting(show) })),
    );
    await display.phase('verify', 'each copy is compared', async (show) =>
      expectOutcome('verified', await verify({ ...stores, live: true, onEvent: counting(show) })),
    );
    await display.phase('retire', 'the directory is emptied', async (show) =>
      expectOutcome(
        'complete',
        await retireFiles({
          ...{ ...stores, live: lease, archive: source.trash, onEvent: counting(show) },
        }),
      ),
    );
    await lease.release();
  } finally {
    await journal.close();
    await registry.close();
  }
}

function expectOutcome(expected: string, { outcome }: { readonly outcome: string }): void {
  if (outcome !== expected) throw new Error(`it is ${outcome}, and not ${expected}`);
}

/** Shows how many files came to what. */
function counting(show: (counts: string) => void): EventListener {
  const counts: Record<string, number> = {};
  return (event) => {
    const outcome =
      event.type === 'file'
        ? event.state
        : event.type === 'verified'
          ? event.result
          : event.type === 'outcome'
            ? event.outcome
            : undefined;
    if (outcome === undefined) return;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    show(
      Object.entries(counts)
        .map(([name, files]) => `${files} ${name}`)
        .join(', '),
    );
  };
}
