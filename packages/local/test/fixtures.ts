import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isStorageError, type StorageError, type StorageErrorCode } from '@org/storage-core';
import { expect, onTestFinished } from 'vitest';
import { type LocalStorageOptions, LocalStorageProvider } from '../src/index.js';

export async function makeDirectory(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'storage-local-')));
}

/** A directory that is removed when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await makeDirectory();
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A provider over a directory of its own, or over the one that is given; closed when the test ends. */
export async function localStorage(
  options: Partial<LocalStorageOptions> = {},
): Promise<{ readonly provider: LocalStorageProvider; readonly root: string }> {
  const root = options.root ?? (await temporaryDirectory());
  const provider = new LocalStorageProvider({ ...options, root });
  onTestFinished(() => provider.close());
  return { provider, root };
}

/** The error of a call that has to fail with `code`. */
export async function rejection(
  call: Promise<unknown>,
  code: StorageErrorCode,
): Promise<StorageError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isStorageError(error)) throw new Error(`no StorageError: ${String(error)}`);
  expect(error, error.message).toMatchObject({ code, operation: expect.any(String) });
  return error;
}

/** All files in a directory, as paths relative to it, but for the locks, which stay. */
export async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((path) => !path.startsWith('.storage/locks/'))
    .sort();
}

export const stagingIn = (root: string) => join(root, '.storage', 'staging');

export const trashIn = (root: string) => join(root, '.storage', 'trash');

export const metaIn = (root: string) => join(root, '.storage', 'meta');
