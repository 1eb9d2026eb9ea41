import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { answer } from '../../client.js';
import { rowOf, settled, visit } from '../browser.js';
import type { Opened } from './file-life.js';
import { contentsOf, openFile, pick, uploads } from './pages.js';
import type { HybridSite, S3Site } from './sites.js';

const COMPLAINTS = /status of 50\d|net::ERR_/;

/** While files move, and no spool takes writes. */
export function outageWhileMoving(opened: () => Opened<HybridSite>): void {
  it('before anything moves, nobody notices that S3 is away', async () => {
    const { site, browser } = opened();
    site.place.gate.shut();
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await uploaded(page, await makeFile(site, 'on-disk.txt', 'on the disk'));
    await openFile(page, 'on-disk.txt');
    await page.getByText('on the disk').waitFor();
    site.place.gate.open();
  });

  it('what is on the disk can be read, what is not says so, a write is refused in words, and all goes on afterwards', async () => {
    const { site, browser } = opened();
    await site.begin();
    const client = await site.app.client(site.app.user);
    await answer(client.upload({ 'in-s3.txt': 'in the bucket' }), 201);
    site.place.gate.shut();
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    window.expectComplaint(COMPLAINTS);
    await openFile(page, 'on-disk.txt');
    await page.getByText('on the disk').waitFor();
    await openFile(page, 'in-s3.txt');
    await page.getByText('it may be unreachable right now').waitFor();
    await page.goto('/');
    await settled(page);
    await pick(page, 'Upload files', await makeFile(site, 'later.txt', 'for later'));
    const again = page.getByRole('button', { name: 'Try later.txt again' });
    await again.waitFor();
    await uploads(page).getByText('The files can’t be reached at the moment.').first().waitFor();
    expect(await rowOf(page, 'later.txt').count()).toBe(0);
    site.place.gate.open();
    await again.click();
    await uploads(page).getByText('1 upload done').first().waitFor();
    expect([...(await contentsOf(site.stored)).values()].map(String)).toContain('for later');
    await openFile(page, 'in-s3.txt');
    await page.getByText('in the bucket').waitFor();
  });
}

/** While files move, with a disk that takes what S3 can't. */
export function outageWithSpool(opened: () => Opened<HybridSite>): void {
  it('with a spool, files are taken and shown while S3 is away, and in S3 afterwards', async () => {
    const { site, browser } = opened();
    await site.begin();
    site.place.gate.shut();
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await uploaded(page, await makeFile(site, 'spooled.txt', 'kept on a disk'));
    await openFile(page, 'spooled.txt');
    await page.getByText('kept on a disk').waitFor();
    site.place.gate.open();
    await expect
      .poll(async () => [...(await contentsOf(site.stored)).values()].map(String), {
        timeout: 30_000,
      })
      .toContain('kept on a disk');
    await page.reload();
    await page.getByText('kept on a disk').waitFor();
  });
}

/** When all files are in S3. */
export function outageOfS3(opened: () => Opened<S3Site>): void {
  beforeAll(async () => {
    const { site } = opened();
    const client = await site.app.client(site.app.user);
    await answer(client.upload({ 'only-s3.txt': 'nowhere else' }), 201);
  });

  it('pages say that a file can’t be reached, and show it when S3 is back', async () => {
    const { site, browser } = opened();
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    window.expectComplaint(COMPLAINTS);
    site.place.gate.shut();
    await openFile(page, 'only-s3.txt');
    await page.getByText('it may be unreachable right now').waitFor();
    await page.goto('/');
    await settled(page);
    await pick(page, 'Upload files', await makeFile(site, 'waiting.txt', 'waits'));
    const again = page.getByRole('button', { name: 'Try waiting.txt again' });
    await again.waitFor();
    await uploads(page).getByText('The files can’t be reached at the moment.').first().waitFor();
    site.place.gate.open();
    await again.click();
    await uploads(page).getByText('1 upload done').first().waitFor();
    await openFile(page, 'only-s3.txt');
    await page.getByText('nowhere else').waitFor();
  });
}

async function makeFile(site: S3Site, name: string, content: string): Promise<string> {
  const path = join(site.directory, name);
  await writeFile(path, content);
  return path;
}

async function uploaded(page: Page, path: string): Promise<void> {
  await page.goto('/');
  await settled(page);
  await pick(page, 'Upload files', path);
  await uploads(page).getByText('1 upload done').first().waitFor();
}
