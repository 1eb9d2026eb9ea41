import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settled, visit } from '../browser.js';
import { largestContent, writeLargeFile } from '../large-file.js';
import type { Opened } from './file-life.js';
import { pick, uploads } from './pages.js';
import type { S3Site } from './sites.js';

/** Megabytes. */
const SIZE = 150;

/** Straight from the browser to S3, in the mode `hybrid`. */
export function largeUploadByTicket(opened: () => Opened<S3Site>): void {
  it('of 150 MB goes straight to S3, in parts, and on after S3 was away', async () => {
    const { site, browser } = opened();
    await site.begin();
    const path = join(site.directory, 'straight.bin');
    const sha256 = await writeLargeFile(path, SIZE);
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    window.expectComplaint(/status of 50\d|net::ERR_|CORS/);
    const parts: string[] = [];
    const cut = new Promise<void>((resolve) => {
      page.on('response', (response) => {
        const part = new URL(response.url()).searchParams.get('partNumber');
        if (part === null || response.request().method() !== 'PUT' || !response.ok()) return;
        parts.push(part);
        if (parts.length !== 2) return;
        site.place.gate.shut();
        resolve();
      });
    });
    await page.goto('/');
    await settled(page);
    await pick(page, 'Upload files', path);
    await cut;
    const again = page.getByRole('button', { name: 'Try straight.bin again' });
    await again.waitFor();
    await uploads(page).getByText('can’t be reached').first().waitFor();
    site.place.gate.open();
    expect(await unfinished(site)).toBe(1);
    await again.click();
    await uploads(page).getByText('1 upload done').first().waitFor({ timeout: 150_000 });
    expect(parts).toHaveLength(new Set(parts).size); // none was sent twice
    await expectWhole(site, sha256);
  }, 180_000);
}

/** Through the application, where browsers have no ticket for S3. */
export function largeUploadByServer(opened: () => Opened<S3Site>): void {
  it('of 150 MB through the application is put together in S3, and goes on after the page was closed', async () => {
    const { site, browser } = opened();
    const path = join(site.directory, 'large.bin');
    const sha256 = await writeLargeFile(path, SIZE);
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    page.on('dialog', (dialog) => void dialog.accept()); // leaves the page, though an upload is on its way
    const offsets: number[] = [];
    page.on('request', (request) => {
      const offset = request.headers()['upload-offset'];
      if (request.method() === 'PATCH' && offset !== undefined) offsets.push(Number(offset));
    });
    await page.goto('/');
    await settled(page);
    await pick(page, 'Upload files', path);
    await expect.poll(() => offsets.length).toBeGreaterThan(3);
    await page.goto('about:blank');
    const sent = offsets.length;
    await page.goto('/');
    await page.getByText('Not finished · 150 MB. Pick the file again to go on.').waitFor();
    await pick(page, 'Pick file', path);
    await uploads(page).getByText('1 upload done').first().waitFor({ timeout: 150_000 });
    expect(offsets[sent]).toBeGreaterThanOrEqual(offsets[sent - 1] ?? Number.NaN);
    await expectWhole(site, sha256);
  }, 180_000);
}

/** The file is there, and nothing else of its upload. */
async function expectWhole(site: S3Site, sha256: string): Promise<void> {
  expect(await largestContent(site.stored)).toEqual({ size: SIZE * 1_000_000, sha256 });
  expect(await unfinished(site)).toBe(0);
  const { key, size } = await largest(site);
  expect(size).toBe(SIZE * 1_000_000);
  expect((await site.stored.stat(key)).etag, 'of an object made of parts').toMatch(/-\d+"?$/);
}

async function unfinished({ stored }: S3Site): Promise<number> {
  let count = 0;
  for await (const _ of stored.multipart?.list() ?? []) count += 1;
  return count;
}

async function largest({ stored }: S3Site): Promise<{ key: string; size: number }> {
  let found = { key: '', size: -1 };
  for await (const entry of stored.list())
    if (entry.type === 'file' && entry.size > found.size) found = entry;
  return found;
}
