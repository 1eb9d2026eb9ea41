import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Key, StorageProvider } from '@org/storage-core';
import { copiedFrom } from '@org/storage-hybrid';
import type { OpenUpload, S3Server } from '@org/storage-testkit/s3-server';
import Database from 'libsql';
import { type FileRecord, filesIn, type Journal } from '../../src/index.js';
import { RESOLVED } from '../../src/journal/file-record.js';
import { digestOf } from '../../src/verify/content-digest.js';
import type { Scenario } from './acts.js';
import { manifestOf, openBucket, openSource, type Places, tableOf } from './process.js';

export const BUCKET = 'bucket';

/** All that outlives processes, but for what differs from run to run: ids, times, inodes. */
export async function stateOf(
  places: Places,
  journal: Journal,
  server: S3Server,
  { live }: Pick<Scenario, 'live'>,
) {
  const source = openSource(places);
  const target = openBucket(places);
  try {
    const trashed = new Map<string, { readonly key: string; readonly etag: string }>();
    for await (const { id, file } of source.trash.list()) trashed.set(id, file);
    return {
      journal: await rowsIn(journal, source, trashed, live),
      unfinished: await journal.unfinishedUploads(),
      source: await filesOf(source),
      archive: [...trashed.values()].map(({ key }) => key).sort(),
      manifest: await manifestIn(places, trashed),
      target: await objectsOf(target),
      uploads: openUploads(places, server),
      reserved: await reservedIn(places),
      table: rowsOf(places),
    };
  } finally {
    await source.close();
    await target.close();
  }
}

export type State = Awaited<ReturnType<typeof stateOf>>;

/**
 * Without an application, a copy does not remember the source's file: who has put it there is not known any more if its run was
 * killed before it could write that down.
 */
async function rowsIn(
  journal: Journal,
  source: StorageProvider,
  trashed: ReadonlyMap<string, { readonly key: string; readonly etag: string }>,
  live: boolean,
) {
  const runs = new Map((await journal.runs()).map(({ id, kind }) => [id, kind]));
  const rows = [];
  for await (const { modified: _, sourceEtag, run, archived, ...file } of filesIn(journal, {})) {
    const held = await source.stat(file.key).catch(() => undefined);
    const put = archived === undefined ? undefined : trashed.get(archived);
    const copy = RESOLVED.includes(file.state);
    rows.push({
      ...(file satisfies Partial<FileRecord>),
      ...(copy && !live ? { state: 'in the target' } : { run: run && runs.get(run) }),
      archived: archived && (put?.key ?? 'not in the archive'),
      // What is pending is listed anew before anything is done with it.
      knowsSource:
        held === undefined || file.state === 'pending' ? undefined : held.etag === sourceEtag,
      knowsArchived: put === undefined ? undefined : put.etag === sourceEtag,
    });
  }
  return rows;
}

async function keysOf(provider: StorageProvider): Promise<Key[]> {
  const keys: Key[] = [];
  for await (const entry of provider.list()) if (entry.type === 'file') keys.push(entry.key);
  return keys;
}

async function filesOf(source: StorageProvider) {
  const files = [];
  for (const key of await keysOf(source)) {
    const { contentType, metadata } = await source.stat(key);
    const { checksums } = await digestOf(source, key, undefined);
    files.push({ key, contentType, metadata, sha256: checksums.sha256 });
  }
  return files;
}

/** An ETag is the MD5 of the content, or of the parts'. */
async function objectsOf(target: StorageProvider) {
  const objects = [];
  for (const key of await keysOf(target)) {
    const file = await target.stat(key);
    const { size, etag, contentType, metadata } = file;
    const names = Object.keys(metadata).sort();
    objects.push({ key, size, etag, contentType, names, copied: copiedFrom(file) !== undefined });
  }
  return objects;
}

/** Each archived file has a line; a line that is there twice counts once. */
async function manifestIn(places: Places, trashed: ReadonlyMap<string, unknown>) {
  const text = await readFile(manifestOf(places), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  const entries = new Map<string, string>();
  for (const line of lines) {
    const { id, key }: { readonly id: string; readonly key: string } = JSON.parse(line);
    entries.set(id, key);
  }
  const missing = [...trashed.keys()].filter((id) => !entries.has(id));
  return { missing };
}

function openUploads({ bucket }: Places, server: S3Server): OpenUpload[] {
  return server
    .openMultipartUploads(bucket.bucket)
    .filter(({ key }) => key.startsWith(`${bucket.prefix}/`));
}

/** What the local store keeps beside its files: names of what is half written, and how many have metadata. */
async function reservedIn({ root }: Places) {
  const entries = async (name: string) => {
    const options = { recursive: true, withFileTypes: true } as const;
    const found = await readdir(join(root, '.storage', name), options).catch(() => []);
    return found.filter((entry) => entry.isFile()).map((entry) => entry.name);
  };
  return { staging: await entries('staging'), meta: (await entries('meta')).length };
}

function rowsOf(places: Places) {
  const database = new Database(tableOf(places));
  try {
    return database.prepare('SELECT path, provider, size, etag FROM files ORDER BY path').all();
  } finally {
    database.close();
  }
}
