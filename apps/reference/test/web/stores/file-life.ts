import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { answer } from '../../client.js';
import { rowOf, settled, visit } from '../browser.js';
import { pdf, picture } from './documents.js';
import { contentsOf, detail, openFile, uploadByHand } from './pages.js';
import type { StoreSite } from './sites.js';
import { film } from './webm.js';

export interface Opened<S extends StoreSite = StoreSite> {
  readonly site: S;
  readonly browser: Browser;
}

/** What people do with files, wherever those are stored. */
export function fileLife(opened: () => Opened): void {
  beforeAll(async () => {
    const { site } = opened();
    const client = await site.app.client(site.app.user);
    await answer(client.upload(BEFORE), 201);
    await site.begin();
  });

  it('pictures, documents and films are uploaded, in the store, and shown', async () => {
    const { site, browser } = opened();
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    const files = {
      'view.png': await picture(),
      'page.pdf': pdf('Hello'),
      'film.webm': await film(1),
    };
    await uploadByHand(page, site.directory, files);
    const stored = await contentsOf(site.stored);
    for (const [name, content] of Object.entries(files)) {
      const [key = ''] = [...stored].find(([, found]) => found.equals(content)) ?? [];
      expect(key, name).not.toBe('');
      const { contentType } = await site.stored.stat(key);
      expect(contentType).toBe(TYPES[name]);
    }
    await rowOf(page, 'view.png').locator('img').waitFor();
    await expect.poll(() => naturalWidth(page, 'tr img')).toBe(480);
    await openFile(page, 'view.png');
    await expect.poll(() => naturalWidth(page, '.preview-image')).toBe(640);
    expect(await detail(page, 'Stored in').textContent()).toBe(site.badge);
  });

  it('a document opens in the browser', async () => {
    const { site, browser } = opened();
    const client = await site.app.client(site.app.user);
    await client.upload({ 'letter.pdf': Uint8Array.from(pdf('Dear all')) });
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await openFile(page, 'letter.pdf');
    await expect.poll(() => widthOfDocument(page)).toBeGreaterThan(0);
  });

  it('a film plays, from any place, by requests for ranges', async () => {
    const { site, browser } = opened();
    const client = await site.app.client(site.app.user);
    await client.upload({ 'long.webm': Uint8Array.from(await film(60)) });
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    const ranges: string[] = [];
    page.on('response', (response) => {
      if (!response.url().endsWith('/long.webm')) return;
      expect(response.status()).toBe(206);
      ranges.push(response.headers()['content-range'] ?? '');
    });
    await openFile(page, 'long.webm');
    const seen = await page.evaluate(PLAY);
    expect(seen).toMatchObject({ duration: 60, videoWidth: 160, reached: expect.closeTo(50, 1) });
    expect(ranges[0]).toMatch(/^bytes 0-/);
    expect(ranges.some((range) => Number(/^bytes (\d+)-/.exec(range)?.[1]) > 1_000_000)).toBe(true);
  });

  it('what was uploaded before is downloaded as it was', async () => {
    const { site, browser } = opened();
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await openFile(page, 'Größe 日本.bin');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).first().click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe('Größe 日本.bin');
    expect((await readFile(await saved.path())).equals(BEFORE['Größe 日本.bin'])).toBe(true);
  });

  it('a deleted file is gone from the list, from its address and from the store', async () => {
    const { site, browser } = opened();
    const client = await site.app.client(site.app.user);
    await client.upload({ 'doomed-new.txt': 'new and to be deleted' });
    const addresses = await Promise.all(['doomed-old.txt', 'doomed-new.txt'].map(addressOf));
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await page.goto('/?query=doomed');
    for (const name of ['doomed-old.txt', 'doomed-new.txt'])
      await page.getByRole('checkbox', { name: `Select ${name}` }).check();
    await page
      .getByRole('region', { name: 'Selected files' })
      .getByRole('button', { name: 'Delete…' })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 2 files' }).click();
    await page.getByText('2 files were deleted.').waitFor();
    await rowOf(page, 'doomed-new.txt').waitFor({ state: 'detached' });
    for (const { url, key } of addresses) {
      expect((await client.get(url)).status).toBe(404);
      expect(await site.app.storage.exists(key)).toBe(false);
    }
    const left = [...(await contentsOf(site.stored)).values()].map(String);
    expect(left.filter((content) => content.endsWith('to be deleted'))).toEqual([]);

    async function addressOf(name: string): Promise<{ url: string; key: string }> {
      const { id, path } = await rowNamed(site, name);
      return { url: `/files/${id}/${name}`, key: path };
    }
  });

  it('a private file is for its owner, a public one for everybody, and private again it is not', async () => {
    const { site, browser } = opened();
    const client = await site.app.client(site.app.user);
    await client.upload({ 'poster.txt': 'for all' });
    const { id } = await rowNamed(site, 'poster.txt');
    const address = new URL(`/files/${id}/poster.txt`, site.app.origin);
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await openFile(page, 'poster.txt');
    await page.getByText('for all').waitFor();
    expect((await fetch(address)).status).toBe(404);
    for (const [wanted, status] of [
      ['public', 200],
      ['private', 404],
    ] as const) {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: `Make ${wanted}` }).click();
      if (wanted === 'public')
        await page.getByRole('dialog').getByRole('button', { name: 'Make public' }).click();
      await page.getByText(`1 file was made ${wanted}.`).first().waitFor();
      await using guest = await visit(browser, site.app);
      guest.expectComplaint(/favicon|404/);
      const answer = await guest.page.goto(address.href);
      expect(answer?.status()).toBe(status);
      expect((await guest.page.textContent('body'))?.includes('for all')).toBe(status === 200);
    }
  });

  it('an address from before the migration leads to the file', async () => {
    const { site, browser } = opened();
    const { id, path } = await rowNamed(site, 'old-link.txt');
    await using window = await visit(browser, site.app, { account: site.app.user });
    window.expectComplaint(/favicon/); // the browser asks for one beside a file, too
    const { page } = window;
    await page.goto(`/uploads/${path}`);
    expect(new URL(page.url()).pathname).toBe(`/files/${id}/old-link.txt`);
    await page.getByText('found again').waitFor();
    expect((await fetch(new URL(`/uploads/${path}`, site.app.origin))).status).toBe(404);
  });

  it('an administrator finds files by their store, checks them, and cleans up', async () => {
    const { site, browser } = opened();
    await administer(browser, site, site.badge);
  });
}

/** @param badge where new files are said to be. */
export async function administer(
  browser: Browser,
  site: StoreSite,
  badge: 'Local' | 'S3',
): Promise<void> {
  const client = await site.app.client(site.app.user);
  await client.upload({ 'rubbish.txt': 'x', 'kept.txt': 'y' });
  await using window = await visit(browser, site.app, { account: site.app.admin });
  const { page } = window;
  await page.goto('/admin/files?query=rubbish.txt');
  await settled(page);
  const row = rowOf(page, 'rubbish.txt');
  await row.getByText(badge, { exact: true }).waitFor();
  await page.getByLabel('Stored in').selectOption(badge === 'S3' ? 'local' : 's3');
  await page.getByText('No file fits these filters.').waitFor();
  await page.getByLabel('Stored in').selectOption(badge === 'S3' ? 's3' : 'local');
  await row.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete 1 file' }).click();
  await row.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByText('file.upload').first().waitFor();
  await page.getByRole('link', { name: 'Consistency' }).click();
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('Database and store agree').waitFor();
  await page.getByRole('link', { name: 'Analytics' }).click();
  await page.getByRole('heading', { name: 'Scheduled jobs' }).waitFor();
}

export function rowNamed({ app }: StoreSite, name: string) {
  return app.database.db
    .selectFrom('files')
    .selectAll()
    .where('name', '=', name)
    .orderBy('uploaded_at', 'desc')
    .executeTakeFirstOrThrow();
}

const TYPES: Readonly<Record<string, string>> = {
  'view.png': 'image/png',
  'page.pdf': 'application/pdf',
  'film.webm': 'video/webm',
};

const BEFORE = {
  'Größe 日本.bin': Uint8Array.from({ length: 300_000 }, (_, at) => at % 251),
  'doomed-old.txt': 'old and to be deleted',
  'old-link.txt': 'found again',
};

function naturalWidth(page: Page, selector: string): Promise<number> {
  return page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.naturalWidth ?? 0`);
}

/** Plays the film of the page for a moment, and goes to its 50th second. */
const PLAY = `(async () => {
  const video = document.querySelector('video');
  const told = (event) => new Promise((resolve, reject) => {
    video.addEventListener(event, resolve, { once: true });
    video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true });
  });
  video.muted = true;
  if (video.readyState === 0) await told('loadedmetadata');
  const moved = told('timeupdate');
  await video.play();
  await moved;
  video.pause();
  const { duration, videoWidth } = video;
  const there = told('seeked');
  video.currentTime = 50;
  await there;
  return { duration, videoWidth, reached: video.currentTime };
})()`;

/** Of the pages in the browser's own viewer, once it has read them; 0 before. */
async function widthOfDocument(page: Page): Promise<number> {
  const widths = page
    .frames()
    .slice(1)
    .map((frame) => frame.evaluate<number>(`document.querySelector('#sizer')?.offsetWidth ?? 0`));
  return Math.max(0, ...(await Promise.all(widths.map((width) => width.catch(() => 0)))));
}
