import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sqliteReferences } from '../../src/index.js';
import { temporaryDirectory } from '../fixtures.js';
import { FILES, keys } from './tables.js';

const batch = keys('a').map((key) => ({ key }));

async function application() {
  const file = join(await temporaryDirectory(), 'app.sqlite');
  const database = new Database(file);
  onTestFinished(() => void database.close());
  database.exec("CREATE TABLE files (path text, provider text DEFAULT 'local')");
  database.exec("INSERT INTO files (path) VALUES ('a')");
  const references = sqliteReferences(file, FILES);
  onTestFinished(() => references.close());
  return { file, database, references };
}

describe('a table in SQLite', () => {
  it('says that it may be tried again while the application writes', async () => {
    const { database, references } = await application();
    database.exec('BEGIN IMMEDIATE');
    const busy = references.moved(batch, 'local', 's3');
    await expect(busy).rejects.toMatchObject({ code: 'Conflict', retryable: true });
    database.exec('COMMIT');
    expect(await references.moved(batch, 'local', 's3')).toMatchObject({ changed: ['a'] });
  });

  it('keeps nobody from writing between two batches', async () => {
    const { database, references } = await application();
    await references.page({ limit: 10 });
    await references.moved(batch, 'local', 's3');
    database.exec("PRAGMA busy_timeout = 0; UPDATE files SET provider = 'cdn'");
    expect(await references.find(keys('a'))).toMatchObject([{ providers: ['cdn'] }]);
  });

  it('leaves the application’s file as it is set up', async () => {
    const { database, references } = await application();
    await references.moved(batch, 'local', 's3');
    expect(database.pragma('journal_mode')).toEqual([{ journal_mode: 'delete' }]);
  });

  it('makes no file, and takes no other for a database', async () => {
    const directory = await temporaryDirectory();
    const missing = join(directory, 'missing.sqlite');
    expect(() => sqliteReferences(missing, FILES)).toThrow(`there is no database ${missing}`);
    const text = join(directory, 'notes.txt');
    await writeFile(
      text,
      'not a database, but long enough to have been one if it had been written as one',
    );
    const opened = async () => sqliteReferences(text, FILES).page({ limit: 1 });
    await expect(opened()).rejects.toMatchObject({ code: 'InvalidArgument' });
  });
});
