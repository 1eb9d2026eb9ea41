import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, rowOf, settled, visit } from './browser.js';
import { largestContent, writeLargeFile } from './large-file.js';
import { type HybridSite, hybridSite } from './site.js';

let site: HybridSite;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([hybridSite('source'), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function upload(page: Page, path: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload files' }).first().click();
  await (await chooser).setFiles(path);
}

describe('files that move to a bucket', () => {
  it('files from before are shown and downloaded in each mode', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'before.txt': 'written before' });
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    for (const mode of ['source', 'prepare', 'hybrid'] as const) {
      site.mode = mode;
      await page.goto('/');
      await page.getByRole('link', { name: 'before.txt' }).click();
      await page.getByText('written before').waitFor();
    }
  });

  it('a small file is in the bucket, and gone from it when it was deleted', async () => {
    site.mode = 'hybrid';
    const path = join(site.directory, 'new.txt');
    await writeFile(path, 'written to S3');
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await page.goto('/');
    await settled(page);
    await upload(page, path);
    await rowOf(page, 'new.txt').waitFor();
    expect(await bucketContents()).toContain('written to S3');
    await page.getByRole('button', { name: 'Actions for new.txt' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete 1 file' }).click();
    await page.getByText('1 file was deleted.').waitFor();
    expect(await bucketContents()).not.toContain('written to S3');
  });

  it('a large file goes straight to the bucket, in parts, and on after a break', async () => {
    site.mode = 'hybrid';
    const path = join(site.directory, 'straight.bin');
    const sha256 = await writeLargeFile(path, 60);
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    window.expectComplaint(/status of 50\d/);
    const parts: string[] = [];
    page.on('response', (response) => {
      const part = new URL(response.url()).searchParams.get('partNumber');
      if (part !== null && response.ok()) parts.push(part);
    });
    const fault = site.server.faults.add({
      type: 'error',
      code: 'ServiceUnavailable',
      operation: 'UploadPart',
      from: 2,
    });
    await page.goto('/');
    await settled(page);
    await upload(page, path);
    await page.getByRole('button', { name: 'Try straight.bin again' }).waitFor();
    expect(parts).toHaveLength(1);
    fault.remove();
    await page.getByRole('button', { name: 'Try straight.bin again' }).click();
    await page
      .getByRole('region', { name: 'Uploads' })
      .getByText('1 upload done')
      .first()
      .waitFor();
    expect(parts).toHaveLength(new Set(parts).size); // none was sent twice
    expect(await largestContent(site.s3)).toEqual({ size: 60_000_000, sha256 });
  });

  it('without S3, what is on the disk can be read, and an upload says what to do', async () => {
    site.mode = 'hybrid';
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    window.expectComplaint(/status of 50\d/);
    await site.server.close();
    await page.goto('/');
    await page.getByRole('link', { name: 'before.txt' }).waitFor();
    const path = join(site.directory, 'later.txt');
    await writeFile(path, 'for later');
    await upload(page, path);
    await page.getByRole('button', { name: 'Try later.txt again' }).waitFor();
    await page
      .getByText(/store|S3|reached|unavailable/i)
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'before.txt' }).click();
    await page.getByRole('heading', { name: 'before.txt' }).waitFor();
  });
});

async function bucketContents(): Promise<string[]> {
  const contents: string[] = [];
  for await (const entry of site.s3.list())
    if (entry.type === 'file')
      contents.push((await readAll((await site.s3.download(entry.key)).body)).toString());
  return contents;
}
