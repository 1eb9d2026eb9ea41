import { MemoryStorageProvider } from '@org/storage-core';
import { expect, it } from 'vitest';
import { fillMetadata } from '../../src/server/files/fill-metadata.js';
import { startApp } from '../app.js';

it('what somebody else has filled in meanwhile stays as it is', async () => {
  await using storage = new MemoryStorageProvider();
  await using started = await startApp({ storage });
  const { db } = started.database;
  const { id: owner_id } = await db.selectFrom('users').select('id').executeTakeFirstOrThrow();
  const row = { id: 'old', path: 'a.txt', name: 'a.txt', folder: '', owner_id };
  const at = '2020-01-02T03:04:05.678Z';
  await db
    .insertInto('files')
    .values({ ...row, visibility: 'private', uploaded_at: at })
    .execute();
  await storage.upload('a.txt', 'as it was');
  const moved = { provider: 's3', key: 'a.txt', size: 3, etag: 'e', migrated_at: at };
  const stat = storage.stat.bind(storage);
  storage.stat = async (...given) => {
    const seen = await stat(...given);
    await db.updateTable('files').set(moved).where('id', '=', 'old').execute(); // by a migration
    return seen;
  };
  await fillMetadata({ db, storage });
  const [kept] = await db.selectFrom('files').selectAll().execute();
  expect(kept).toMatchObject({ ...moved, content_type: null });
});
