import assert from 'node:assert/strict';
import type { FileVersion, FileVersions, StorageProvider } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes } from './content.js';
import {
  assertBytes,
  assertFile,
  assertSameFile,
  collected,
  contentOf,
  rejected,
} from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { member } from './operations.js';

export const KEY = 'folder/file.txt';

export interface Versioned {
  readonly provider: StorageProvider;
  readonly versions: FileVersions;
}

/** The content of the nth upload. */
export function nth(n: number): Buffer {
  return bytes(200 + n, n);
}

/**
 * A store that keeps versions. Where the provider has none, a `versionId` is refused; where the harness has no such store,
 * the current version is the only one.
 */
async function versionedOrNot(context: ConformanceContext): Promise<Versioned | undefined> {
  const supported = supports(context.provider, 'versions');
  if (!supported) await assertVersionIdsRefused(context);
  const { provider } = (await context.versionedStore()) ?? {};
  if (provider !== undefined) return { provider, versions: member(provider, 'versions') };
  if (supported) await assertCurrentAlone(context);
  return undefined;
}

async function assertVersionIdsRefused(context: ConformanceContext): Promise<void> {
  const { provider } = context;
  await provider.upload(KEY, nth(1));
  const options = { versionId: 'a-version' };
  const calls: Readonly<Record<string, Promise<unknown> | undefined>> = {
    download: provider.download(KEY, options),
    stat: provider.stat(KEY, options),
    delete: provider.delete(KEY, options),
    'tags.get': provider.tags?.get(KEY, options),
    'tags.set': provider.tags?.set(KEY, { a: 'b' }, options),
    createDownloadUrl: provider.createDownloadUrl?.(KEY, options),
  };
  const refusals = Object.entries(calls).map(async ([name, call]) => {
    if (call !== undefined) await rejected(context, call, 'Unsupported', `${name} of a version`);
  });
  await Promise.all(refusals);
  await assertFile(context, KEY, nth(1));
  if (provider.tags) assert.deepEqual({ ...(await provider.tags.get(KEY)) }, {}, 'tags');
}

async function assertCurrentAlone(context: ConformanceContext): Promise<void> {
  const { provider } = context;
  await provider.upload(KEY, nth(1));
  await provider.upload(KEY, nth(2));
  const listed = await collected(member(provider, 'versions').list());
  assert.deepEqual(summary(listed), [`${KEY} file latest ${nth(2).byteLength}`]);
  const [{ versionId = '' } = {}] = listed;
  assertBytes(await contentOf(provider.download(KEY, { versionId })), nth(2), 'the version');
}

export function summary(versions: readonly FileVersion[]): string[] {
  return versions.map(({ key, type, latest, size }) =>
    [key, type, ...(latest ? ['latest'] : []), ...(size === undefined ? [] : [size])].join(' '),
  );
}

/** Uploads contents one after the other, and returns their version ids. */
export async function uploadVersions(
  provider: StorageProvider,
  key: string,
  count: number,
): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 1; n <= count; n++) {
    const described = supports(provider, 'metadata') ? { metadata: { n: String(n) } } : {};
    const { versionId } = await provider.upload(key, nth(n), described);
    assert.ok(versionId, 'upload tells the version that it made');
    ids.push(versionId);
  }
  assert.equal(new Set(ids).size, count, 'every version has an id of its own');
  return ids;
}

export function idOf(ids: readonly string[], n: number): string {
  const id = ids[n - 1];
  assert.ok(id, `version ${n}`);
  return id;
}

export async function assertVersion(
  { provider }: Versioned,
  key: string,
  versionId: string,
  n: number,
): Promise<void> {
  const { metadata, body } = await provider.download(key, { versionId });
  assertBytes(await contentOf(Promise.resolve({ metadata, body })), nth(n), `version ${n}`);
  assert.equal(metadata.versionId, versionId, 'metadata.versionId');
  if (supports(provider, 'metadata'))
    assert.deepEqual({ ...metadata.metadata }, { n: String(n) }, 'metadata');
  const stat = await provider.stat(key, { versionId });
  assertSameFile(stat, metadata, 'stat and download of a version');
}

export function versionCase(
  name: string,
  run: (store: Versioned, context: ConformanceContext) => Promise<void>,
): ConformanceCase {
  return {
    name,
    async run(context) {
      const store = await versionedOrNot(context);
      if (store !== undefined) await run(store, context);
    },
  };
}
