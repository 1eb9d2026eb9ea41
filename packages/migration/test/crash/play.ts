import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Server } from '@org/storage-testkit/s3-server';
import Database from 'libsql';
import { expect } from 'vitest';
import { type Journal, openSqliteJournal } from '../../src/index.js';
import type { Act, Scenario } from './acts.js';
import { type Death, Fate, Life } from './life.js';
import {
  begin,
  type CleanUp,
  end,
  journalOf,
  type OpenJournal,
  openSource,
  type Places,
  tableOf,
} from './process.js';
import { BUCKET, type State, stateOf } from './site.js';

let sites = 0;

/** A source, a bucket and a table as they are before the first act. */
export async function settle(
  { files, refused }: Scenario,
  server: S3Server,
  directory: string,
): Promise<Places> {
  const site = `site-${++sites}`;
  const work = join(directory, site);
  const root = join(work, 'files');
  await mkdir(root, { recursive: true });
  const { endpoint, region, credentials } = server;
  const bucket = { endpoint, region, credentials, bucket: BUCKET, prefix: site };
  const places: Places = { root, work, bucket };
  for (const key of refused)
    server.faults.add({
      type: 'error',
      code: 'AccessDenied',
      method: 'PUT',
      key: `${site}/${key}`,
    });
  const source = openSource(places);
  for (const [key, content] of Object.entries(files)) await source.upload(key, content);
  await source.close();
  const table = new Database(tableOf(places));
  table.exec('CREATE TABLE files (path TEXT PRIMARY KEY, provider TEXT, size INTEGER, etag TEXT)');
  const insert = table.prepare<unknown[]>("INSERT INTO files VALUES (?, 'local', NULL, NULL)");
  for (const key of Object.keys(files)) insert.run(key);
  table.close();
  return places;
}

/** What commands are run on, and by. */
export interface Stage {
  /** Runs a command until it comes to its end. Default {@link perform}. @returns how many processes have died of it. */
  readonly run?: (number: number, act: Command, stage: Stage, fate: Fate) => Promise<number>;
  readonly server: S3Server;
  readonly places: Places;
  readonly openJournal: OpenJournal;
  /** The journal, to be read while no process works with it. */
  readonly readJournal: (places: Places) => Promise<Journal>;
}

export const readSqlite = (places: Places): Promise<Journal> =>
  openSqliteJournal({ file: journalOf(places), access: 'look' });

/** What a command has led to. */
export interface Outcome {
  readonly name: string;
  /** Of all its processes. */
  readonly steps: readonly string[];
  /** How many of them have died. */
  readonly deaths: number;
  /** Looked at if one has died, and where no deaths are given. */
  readonly state?: State;
}

/**
 * Plays a scenario. A command whose process dies is run again, until it comes to its end.
 * It is over with the last command that a process dies of: what follows goes as it does without any death, once that has ended the same.
 * @param deathsIn of the processes of an act, by its number. Default: none.
 * @returns the outcomes of the commands, by the numbers of their acts.
 */
export async function play(
  scenario: Scenario,
  stage: Stage,
  deathsIn?: (act: number) => readonly Death[],
): Promise<ReadonlyMap<number, Outcome>> {
  const outcomes = new Map<number, Outcome>();
  const { run = (_, ...command) => perform(...command) } = stage;
  const fates = scenario.acts.map((act, number) =>
    'meanwhile' in act ? [] : (deathsIn?.(number) ?? []),
  );
  const last =
    deathsIn === undefined ? fates.length : fates.findLastIndex(({ length }) => length > 0);
  for (const [number, act] of scenario.acts.entries()) {
    if (number > last) break;
    if ('meanwhile' in act) {
      await act.meanwhile(stage.places);
      continue;
    }
    const fate = new Fate(fates[number] ?? []);
    const deaths = await run(number, act, stage, fate);
    const looked =
      deathsIn === undefined || deaths > 0 ? { state: await look(stage, scenario) } : {};
    outcomes.set(number, { name: act.name, steps: fate.steps, deaths, ...looked });
  }
  return outcomes;
}

export type Command = Extract<Act, { readonly run: unknown }>;

/** Runs a command in this process. @returns how many lives it has taken. */
export async function perform(
  { run }: Command,
  { places, openJournal }: Stage,
  fate: Fate,
): Promise<number> {
  for (let deaths = 0; ; deaths++) {
    const life = new Life(fate);
    const ends: CleanUp[] = [];
    const living = (async () => {
      const process = await begin(places, life, openJournal, (each) => void ends.push(each));
      await run(process);
      await end(process);
    })();
    await Promise.race([living, life.ended]);
    for (const each of ends) await each();
    if (!life.dead) return deaths;
  }
}

async function look({ places, server, readJournal }: Stage, scenario: Scenario): Promise<State> {
  const journal = await readJournal(places);
  try {
    return await stateOf(places, journal, server, scenario);
  } finally {
    await journal.close();
  }
}

/**
 * Compares commands whose processes have died with those that nothing has disturbed.
 * @returns how many have died.
 */
export function expectSameEnd(
  disturbed: ReadonlyMap<number, Outcome>,
  undisturbed: ReadonlyMap<number, Outcome>,
  how = '',
): number {
  let deaths = 0;
  for (const [act, outcome] of disturbed) {
    if (outcome.deaths === 0) continue;
    deaths += outcome.deaths;
    const what = `${how} act ${act}, ${outcome.name}, in ${outcome.steps.length} steps: ${outcome.steps.join(', ')}`;
    expect(outcome.state, what).toEqual(undisturbed.get(act)?.state);
  }
  return deaths;
}
