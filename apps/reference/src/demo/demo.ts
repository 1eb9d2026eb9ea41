import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Insertable } from 'kysely';
import { Users } from '../server/accounts/users.js';
import { openDatabase } from '../server/database/database.js';
import { migrateSchema } from '../server/database/migrations.js';
import type { FileRow } from '../server/database/schema.js';
import { Crowd } from './crowd.js';
import { databaseOf, filesOf, type Instance, type Places, startInstance } from './instance.js';
import { library } from './library.js';
import { type Known, SimulatedUser, type Tally } from './user.js';

export interface DemoOptions extends Omit<Places, 'secret'> {
  /** Files that the application has had for long. Default 600. */
  readonly files?: number | undefined;
  /** Of the application. Default 0: a free one. */
  readonly port?: number | undefined;
}

/** An application with a library of files, and its users. */
export interface Demo {
  readonly url: string;
  readonly admin: { readonly email: string; readonly password: string };
  readonly files: number;
  readonly root: string;
  readonly crowd: Crowd;
  /** Ends the users and the application; what it has stored stays. */
  close(): Promise<void>;
}

const USERS = 8;

/** Processes, as far as they can tell: each is a member of the fleet. */
const INSTANCES = 2;

/** Fills the directory and the database, and starts the application and its users. */
export async function openDemo(options: DemoOptions): Promise<Demo> {
  const { files = 600, port = 0 } = options;
  const places: Places = { ...options, secret: randomBytes(32).toString('base64url') };
  const admin = { email: 'admin@example.org', password: randomBytes(9).toString('base64url') };
  const accounts = Array.from({ length: USERS }, (_, number) => ({
    email: `user${number + 1}@example.org`,
    password: randomBytes(12).toString('base64url'),
  }));
  const owned = await seed(places, files, admin, accounts);
  const instances: Instance[] = [];
  const tally: Tally = { operations: 0, wrong: 0, failed: 0, problems: [] };
  try {
    for (let number = 0; number < INSTANCES; number++)
      instances.push(await startInstance(places, number === 0 ? port : 0));
    const origins = instances.map(({ origin }) => origin);
    const users = accounts.map(
      (account, number) =>
        new SimulatedUser(origins[number % INSTANCES] ?? '', account, owned[number] ?? [], tally),
    );
    const crowd = new Crowd(users, tally);
    await crowd.begin();
    return {
      ...{ url: origins[0] ?? '', admin, files, crowd, root: filesOf(places) },
      async close() {
        await crowd.end();
        await closeAll(instances);
      },
    };
  } catch (error) {
    await closeAll(instances);
    throw error;
  }
}

async function closeAll(instances: readonly Instance[]): Promise<void> {
  for (const instance of instances) await instance.close();
}

interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** What an application has that has never heard of this library: files in a directory, and rows. @returns each user's files. */
async function seed(
  places: Places,
  count: number,
  admin: Credentials,
  accounts: readonly Credentials[],
): Promise<readonly (readonly Known[])[]> {
  const root = filesOf(places);
  await mkdir(root, { recursive: true });
  const database = openDatabase(databaseOf(places));
  try {
    await migrateSchema(database);
    const users = new Users(database, () => new Date());
    await users.create({ ...admin, name: 'Admin', role: 'admin' });
    const owners = await Promise.all(
      accounts.map((account, number) => users.create({ ...account, name: `User ${number + 1}` })),
    );
    const owned: Known[][] = accounts.map(() => []);
    const rows: Insertable<FileRow>[] = [];
    let number = 0;
    for await (const file of library(count)) {
      const { path, name, folder, content, contentType, sha256, uploadedAt } = file;
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
      const [owner, id] = [number % owners.length, randomUUID()];
      rows.push({
        ...{ id, path, name, folder, sha256, provider: 'local', content_type: contentType },
        ...{
          owner_id: owners[owner]?.id ?? '',
          size: content.length,
          uploaded_at: uploadedAt.toISOString(),
        },
        visibility: number % 4 === 0 ? ('public' as const) : ('private' as const),
      });
      owned[owner]?.push({ id, url: `/files/${id}/${name}`, folder, sha256 });
      number++;
    }
    await database.db.transaction().execute(async (transaction) => {
      for (let from = 0; from < rows.length; from += 100)
        await transaction
          .insertInto('files')
          .values(rows.slice(from, from + 100))
          .execute();
    });
    return owned;
  } finally {
    await database.close();
  }
}
