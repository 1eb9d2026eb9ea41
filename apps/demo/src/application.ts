import { FleetMember, HybridStorageProvider, type Mode } from '@org/storage-hybrid';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { USERS } from './content.js';
import { openSource, openTarget, type Places } from './stores.js';
import { type Tally, User } from './user.js';

/** What a process of the application is told. */
export type Command =
  | { readonly type: 'open'; readonly number: number; readonly places: Places }
  | { readonly type: 'mode'; readonly mode: Mode }
  | { readonly type: 'end' };

/** What it tells, a few times a second. */
export interface Told {
  readonly stage: string | undefined;
  readonly tally: Tally;
  readonly ended: boolean;
}

const tally: Tally = { operations: 0, wrong: 0, failed: 0, slowest: 0 };
const stop = new AbortController();
let mode: Mode = 'source';
let storage: HybridStorageProvider | undefined;
let work: Promise<void> | undefined;

const tell = (ended: boolean) =>
  process.send?.({ stage: storage?.stage, tally, ended } satisfies Told);

async function open({ number, places }: Extract<Command, { type: 'open' }>): Promise<void> {
  const registry = sqliteFleetRegistry(places.registry);
  const opened = new HybridStorageProvider({
    source: openSource(places),
    target: openTarget(places),
    mode: () => mode,
    neighbours: new FleetMember({ registry, heartbeat: 500, drain: 5_000 }),
  });
  storage = opened;
  const users = Array.from(
    { length: USERS },
    (_, user) => new User(opened, tally, number * USERS + user),
  );
  const telling = setInterval(() => tell(false), 200);
  await Promise.all(users.map((user) => user.work(stop.signal)));
  await Promise.all(users.map((user) => user.checkAll()));
  clearInterval(telling);
  await opened.close();
  await registry.close();
}

process.on('message', (command: Command) => {
  if (command.type === 'mode') mode = command.mode;
  if (command.type === 'open') work = open(command);
  if (command.type === 'end') {
    stop.abort();
    void work?.then(() => {
      tell(true);
      process.disconnect();
    });
  }
});
process.on('SIGINT', () => {}); // whoever started it says when it ends
process.on('disconnect', () => process.exit());
