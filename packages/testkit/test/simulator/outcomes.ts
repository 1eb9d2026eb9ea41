import { type FileMetadata, isStorageError, type StorageProvider } from '@org/storage-core';
import { expect } from 'vitest';
import { type Exploration, explore, type Scenario } from '../../src/simulator/index.js';

/** The content of a file, or `undefined` if there is none. */
export async function read(store: StorageProvider, key: string): Promise<string | undefined> {
  return (await opened(store, key))?.content;
}

/** A file with its content, or `undefined` if there is none. */
export async function opened(
  store: StorageProvider,
  key: string,
): Promise<{ readonly content: string; readonly metadata: FileMetadata } | undefined> {
  try {
    const { metadata, body } = await store.download(key);
    return { metadata, content: Buffer.concat(await body.toArray()).toString() };
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** What came of a call: `ok`, or the code of its error. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (isStorageError(error)) return error.code;
    throw error;
  }
}

/** All that `tell` gives in all schedules, each thing once, in the order of the alphabet. */
export async function outcomes(
  scenario: (simulation: Parameters<Scenario>[0]) => () => string | Promise<string>,
): Promise<string[]> {
  const seen = new Set<string>();
  await exploreAll((simulation) => {
    const tell = scenario(simulation);
    return async () => void seen.add(await tell());
  });
  return [...seen].sort();
}

/** Runs every schedule, none of which may fail. */
export async function exploreAll(scenario: Scenario): Promise<Exploration> {
  const exploration = await explore({ scenario, schedules: 'all' });
  expect(exploration.violation?.error).toBeUndefined();
  expect(exploration.complete).toBe(true);
  return exploration;
}
