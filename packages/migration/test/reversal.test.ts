import type { MemoryStorageProvider } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import { bringBack, type Copied, migrate, retire, sweep, takeBack } from '../src/index.js';
import { altered, contentOf, memoryWith, temporaryJournal } from './fixtures.js';

/** A file that was copied, and is still in the source. */
async function copiedFile() {
  const source = await memoryWith({ k: 'v1' });
  const target = await memoryWith({}, 'target');
  await migrate({ source, target, journal: await temporaryJournal(), live: true });
  const { etag: copied } = await source.stat('k');
  const { etag: targetEtag } = await target.stat('k');
  return { source, target, copied, record: { targetEtag } satisfies Copied };
}

/** A server that looks first and deletes then. */
function looksFirst(target: MemoryStorageProvider) {
  const capabilities = { ...target.capabilities, conditionalDelete: 'emulated' as const };
  return altered(target, { capabilities });
}

describe('retiring', () => {
  it('takes a file out of the source once the target has the say over it', async () => {
    const { source, target, copied } = await copiedFile();
    expect(await retire('k', { source, target, copied })).toEqual({ outcome: 'retired' });
    expect(await source.exists('k')).toBe(false);
    expect(await retire('k', { source, target, copied })).toEqual({ outcome: 'gone' });
  });

  it('leaves what the target lacks, and what was written since', async () => {
    const { source, target, copied } = await copiedFile();
    await target.delete('k');
    expect(await retire('k', { source, target, copied })).toEqual({ outcome: 'needed' });
    await source.upload('k', 'v2');
    expect(await retire('k', { source, target, copied })).toEqual({ outcome: 'changed' });
    expect(await contentOf(source, 'k')).toBe('v2');
  });

  it('puts back what a writer without locks has slipped into the archive', async () => {
    const { source, target, copied } = await copiedFile();
    const restored: string[] = [];
    const archive = {
      put: async () => ({ id: '7', file: { etag: 'another' as typeof copied } }),
      restore: async ({ id }: { readonly id: string }) => {
        restored.push(id);
        return source.stat('k');
      },
    };
    expect(await retire('k', { source, target, copied, archive })).toEqual({ outcome: 'changed' });
    expect(restored).toEqual(['7']);
  });
});

describe('taking a copy back', () => {
  it('gives the source its file again, from the copy where there is no archive', async () => {
    const { source, target, copied, record } = await copiedFile();
    await retire('k', { source, target, copied });
    expect(await bringBack('k', record, { source, target })).toBe(true);
    expect(await contentOf(source, 'k')).toBe('v1');
    expect(await takeBack('k', record, { source, target })).toBe('reverted');
    expect(await target.exists('k')).toBe(false);
    expect(await takeBack('k', record, { source, target })).toBe('reverted');
    expect(await contentOf(source, 'k')).toBe('v1');
  });

  it('leaves what the application has written since, and nothing beneath it', async () => {
    const { source, target, record } = await copiedFile();
    await target.upload('k', 'v2');
    expect(await bringBack('k', record, { source, target })).toBe(false);
    expect(await takeBack('k', record, { source, target })).toBe('superseded');
    expect(await contentOf(target, 'k')).toBe('v2');
    expect(await source.exists('k')).toBe(false);
  });

  it('never removes the only copy', async () => {
    const { source, target, copied, record } = await copiedFile();
    await retire('k', { source, target, copied });
    const taken = takeBack('k', record, { source, target });
    await expect(taken).rejects.toMatchObject({ code: 'Conflict' });
    expect(await contentOf(target, 'k')).toBe('v1');
  });

  it('is refused where the server looks first and deletes then', async () => {
    const { source, target, record } = await copiedFile();
    const taken = takeBack('k', record, { source, target: looksFirst(target) });
    await expect(taken).rejects.toMatchObject({ code: 'Unsupported' });
    expect(await contentOf(target, 'k')).toBe('v1');
  });
});

describe('sweeping', () => {
  it('removes a tombstone, and no file', async () => {
    const { source, target } = await copiedFile();
    const mode = 'hybrid';
    const storage = new HybridStorageProvider({ source, target, mode, handedOver: true });
    await storage.delete('deleted');
    expect(await sweep('deleted', target)).toBe(true);
    expect(await target.exists('deleted')).toBe(false);
    expect(await sweep('k', target)).toBe(false);
    expect(await contentOf(target, 'k')).toBe('v1');
  });

  it('is refused where the server looks first and deletes then', async () => {
    const { target } = await copiedFile();
    await expect(sweep('k', looksFirst(target))).rejects.toMatchObject({ code: 'Unsupported' });
  });
});
