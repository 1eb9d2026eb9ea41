import { join } from 'node:path';
import { StorageError } from '@org/storage-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { settled } from './browser.js';
import { largestContent, writeLargeFile } from './large-file.js';
import { useLocalSite } from './site.js';
import { pick } from './stores/pages.js';

const site = useLocalSite();

/** Bytes of a request: what was under way is sent again. */
const CHUNK = 8 * 1024 * 1024;

const PIECE = /uploads-under-way\/.*\/data-(\d+)$/;

describe('a large upload', () => {
  it('goes on where it was after the page was closed, when the file is picked again', async () => {
    const path = join(site.directory, 'large.bin');
    const sha256 = await writeLargeFile(path, 150);
    await using window = await site.visit({ account: site.app.user });
    const { page } = window;
    window.expectComplaint(/status of 503/);
    page.on('dialog', (dialog) => void dialog.accept()); // leaves the page, though an upload is on its way
    const cut = new Promise<void>((resolve) => {
      site.local.before = async (key) => {
        const offset = Number(PIECE.exec(key)?.[1] ?? 0);
        if (offset < 3 * CHUNK) return;
        resolve();
        throw new StorageError('Unavailable', 'the disk is away');
      };
    });
    await page.goto('/');
    await settled(page);
    await pick(page, 'Upload files', path);
    await cut;
    const offsets: number[] = [];
    await page.goto('about:blank');
    site.local.before = () => Promise.resolve();
    page.on('request', (request) => {
      const offset = request.headers()['upload-offset'];
      if (request.method() === 'PATCH' && offset !== undefined) offsets.push(Number(offset));
    });
    await page.goto('/');
    await page.getByText('Not finished · 150 MB. Pick the file again to go on.').waitFor();
    await pick(page, 'Pick file', path);
    await uploadDone(page);
    expect(offsets[0]).toBeGreaterThanOrEqual(3 * CHUNK); // more, of a piece that broke off
    expect(await largestContent(site.local)).toEqual({ size: 150_000_000, sha256 });
    const remembered = 'Object.keys(localStorage).filter((name) => name.startsWith("upload:"))';
    expect(await page.evaluate(remembered)).toEqual([]);
  });

  it('is paused and resumed by hand, and canceled without a trace', async () => {
    const path = join(site.directory, 'paused.bin');
    await writeLargeFile(path, 20);
    await using window = await site.visit({ account: site.app.user });
    const { page } = window;
    const first = holdPieces();
    await page.goto('/');
    await settled(page);
    await pick(page, 'Upload files', path);
    await first.arrived;
    await page.getByRole('button', { name: 'Pause paused.bin' }).click();
    await page.getByText('Paused at').waitFor();
    first.release();
    await page.getByRole('button', { name: 'Resume paused.bin' }).click();
    await uploadDone(page);

    await page.getByRole('button', { name: 'Clear' }).click();
    const second = holdPieces();
    await pick(page, 'Upload files', path);
    await second.arrived;
    const gone = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await page.getByRole('button', { name: 'Cancel paused.bin' }).click();
    second.release();
    await gone;
    await page.getByRole('region', { name: 'Uploads' }).waitFor({ state: 'hidden' });
  });
});

/** Keeps pieces of uploads from being stored until they are released. */
function holdPieces(): { readonly arrived: Promise<void>; release(): void } {
  let arrive: () => void = () => undefined;
  let release: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  site.local.before = async (key) => {
    if (!PIECE.test(key)) return;
    arrive();
    await held;
  };
  return { arrived, release };
}

function uploadDone(page: Page): Promise<void> {
  return page
    .getByRole('region', { name: 'Uploads' })
    .getByText('1 upload done')
    .first()
    .waitFor({ timeout: 50_000 });
}
