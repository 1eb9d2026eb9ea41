import { invoice, table, text } from '../../../src/demo/documents.js';
import { jpeg, png } from '../../../src/demo/pictures.js';
import { answer, type Client } from '../../client.js';
import { localSite } from '../site.js';
import { film } from '../stores/webm.js';

type LocalSite = Awaited<ReturnType<typeof localSite>>;

/** An application with what people have after some weeks: files of all kinds, folders, links, downloads, and an administrator at work. */
export interface Library extends LocalSite {
  /** Ids of files by their names. */
  readonly ids: ReadonlyMap<string, string>;
  /** The path of a share link. */
  readonly link: string;
}

const LONG =
  'Proceedings of the committee for the restoration of the northern lighthouse, second part.pdf';

export async function openLibrary(): Promise<Library> {
  const site = await localSite();
  const client = await site.app.client(site.app.user);
  const files = await upload(client, '', {
    'Harbour at dawn.png': await png(2),
    'Minutes of the meeting.md': text(3),
    'Visitors.csv': table(20),
    'Invoice 2026-114.pdf': invoice(114),
    [LONG]: invoice(7),
    'Forest.jpg': await jpeg(5),
    'Mountains.jpg': await jpeg(1),
    'Evening over the bay.jpg': await jpeg(4),
    'Letter to the harbour master.txt': text(12),
    'Tide.webm': await film(24, await Promise.all([3, 8, 11, 14].map((number) => jpeg(number)))),
  });
  await upload(client, 'Contracts', { 'Lease.pdf': invoice(3), 'Insurance.pdf': invoice(4) });
  await upload(client, 'Interviews', { 'Keeper.txt': text(40) });
  await answer(client.post('/api/folders', { path: 'Empty' }), 201);
  const ids = new Map(files.map(({ id, name }) => [name, id]));
  await client.patch(`/api/files/${ids.get('Harbour at dawn.png')}`, { visibility: 'public' });
  const { url } = await answer<{ url: string }>(
    client.post(`/api/files/${ids.get('Harbour at dawn.png')}/shares`, { expiresIn: 604_800 }),
    201,
  );
  await age(site, [...ids.values()]);
  await account(site);
  return { ...site, ids, link: new URL(url).pathname };
}

interface Uploaded {
  readonly id: string;
  readonly name: string;
}

async function upload(
  client: Client,
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<readonly Uploaded[]> {
  const contents = Object.entries(files).map(([name, content]) => [name, Uint8Array.from(content)]);
  const fields = folder === '' ? {} : { folder };
  const sent = client.upload(Object.fromEntries(contents), fields);
  return (await answer<{ files: Uploaded[] }>(sent, 201)).files;
}

const DAY = 86_400_000;

/** Files are some days older, one after the other, and were downloaded. */
async function age({ app }: LocalSite, ids: readonly string[]): Promise<void> {
  const { db } = app.database;
  const before = (days: number) => new Date(Date.now() - days * DAY).toISOString();
  for (const [index, id] of ids.entries())
    await db
      .updateTable('files')
      .set({ uploaded_at: before(3 + index * 5) })
      .where('id', '=', id)
      .execute();
  for (let day = 0; day < 30; day++)
    for (const [index, id] of ids.slice(0, 5).entries()) {
      const count = 2 + ((day * 7 + index * 11) % 13) + (4 - index) * 3;
      await db
        .insertInto('download_days')
        .values({ day: before(day).slice(0, 10), file_id: id, count, bytes: count * 640_000 })
        .execute();
    }
}

/** What an administrator sees: others, one of whom may not sign in any more; a file whose content is gone, and content without a file. */
async function account({ app, local }: LocalSite): Promise<void> {
  const admin = await app.client(app.admin);
  const others = [
    { name: 'Theodora Papadimitriou-Lindqvist', email: 'theodora.papadimitriou@example.org' },
    { name: 'Sam', email: 'sam@example.org' },
  ];
  for (const one of others)
    await answer(
      (await app.client()).post('/api/register', { ...one, password: 'a long enough password' }),
      201,
    );
  const { items } = await answer<{ items: { id: string; name: string }[] }>(
    admin.get('/api/admin/users'),
  );
  const sam = items.find(({ name }) => name === 'Sam')?.id;
  await answer(admin.patch(`/api/admin/users/${sam}`, { disabled: true }));
  await local.upload('2025/03/left-over.bin', 'nobody knows me');
  const { path } = await app.database.db
    .selectFrom('files')
    .select('path')
    .where('name', '=', 'Insurance.pdf')
    .executeTakeFirstOrThrow();
  await local.delete(path);
  for (const job of ['expired-sessions', 'unfinished-files'])
    await answer(admin.post(`/api/admin/jobs/${job}/run`));
}
