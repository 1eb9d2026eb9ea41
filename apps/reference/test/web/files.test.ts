import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, rowOf, settled, visit } from './browser.js';
import { localSite, type Site } from './site.js';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([localSite(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Picks files by the button, as a user does. */
async function upload(page: Page, files: string[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload files' }).first().click();
  await (await chooser).setFiles(files);
}

async function makeFile(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(site.directory, name);
  await writeFile(path, content);
  return path;
}

async function storedContents(): Promise<string[]> {
  const contents: string[] = [];
  for await (const entry of site.local.list())
    if (entry.type === 'file' && !entry.key.startsWith('thumbnails/'))
      contents.push(
        (await readAll((await site.local.download(entry.key)).body)).toString('latin1'),
      );
  return contents;
}

describe('files in a directory', () => {
  it('images, documents and videos are uploaded, listed, and in the store', async () => {
    const image = await sharp({
      create: { width: 64, height: 48, channels: 3, background: '#27c' },
    })
      .png()
      .toBuffer();
    const paths = [
      await makeFile('picture.png', image),
      await makeFile('report.pdf', '%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n'),
      await makeFile(
        'film.mp4',
        Buffer.from('000000206674797069736f6d0000020069736f6d69736f32', 'hex'),
      ),
    ];
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await page.goto('/');
    await page.getByText('Your files will be here').waitFor();
    await upload(page, paths);
    for (const name of ['picture.png', 'report.pdf', 'film.mp4']) await rowOf(page, name).waitFor();
    await page
      .getByRole('region', { name: 'Uploads' })
      .getByText('3 uploads done')
      .first()
      .waitFor();
    const stored = await storedContents();
    for (const path of paths) expect(stored).toContain((await readFile(path)).toString('latin1'));
  });

  it('what was there before is downloaded as it was', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'before.txt': 'from before' });
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await page.goto('/?query=before');
    await page.getByRole('link', { name: 'before.txt' }).click();
    await page.getByText('from before').waitFor(); // the preview
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    expect(await readFile(await (await download).path(), 'utf8')).toBe('from before');
  });

  it('a deleted file is gone from the list and from the store', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'doomed.txt': 'to be deleted' });
    expect(await storedContents()).toContain('to be deleted');
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await page.goto('/?query=doomed');
    await page.getByRole('checkbox', { name: 'Select doomed.txt' }).check();
    await page
      .getByRole('region', { name: 'Selected files' })
      .getByRole('button', { name: 'Delete…' })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 file' }).click();
    await page.getByText('1 file was deleted.').waitFor();
    await rowOf(page, 'doomed.txt').waitFor({ state: 'detached' });
    expect(await storedContents()).not.toContain('to be deleted');
  });

  it('a file is renamed, and moved to a folder that was made for it', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'draft.txt': 'a draft' });
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await page.goto('/');
    await page.getByRole('button', { name: 'New folder' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Letters');
    await page.getByRole('button', { name: 'Create folder' }).click();
    await page.getByRole('link', { name: 'Letters' }).waitFor();
    await page.getByRole('button', { name: 'Actions for draft.txt' }).click();
    await page.getByRole('menuitem', { name: 'Rename…' }).click();
    await page.getByLabel('New name').fill('final.txt');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('button', { name: 'Actions for final.txt' }).click();
    await page.getByRole('menuitem', { name: 'Move…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Letters' }).click();
    await page.getByRole('dialog').getByText('No folders in here.').waitFor();
    await page.getByRole('button', { name: 'Move here' }).click();
    await page.getByText('1 file was moved.').waitFor();
    await page.getByRole('link', { name: 'Letters' }).click();
    await rowOf(page, 'final.txt').waitFor();
    expect(new URL(page.url()).pathname).toBe('/folder/Letters');
  });

  it('a private file is for its owner; a public one, for everyone with its address', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'poster.txt': 'for all' });
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await page.goto('/?query=poster');
    await page.getByRole('link', { name: 'poster.txt' }).click();
    await page.getByText('for all').waitFor();
    const id = page.url().split('/').at(-1) ?? '';
    const address = new URL(`/files/${id}/poster.txt`, site.app.origin);
    expect((await fetch(address)).status).toBe(404);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Make public' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make public' }).click();
    await page.getByText('1 file was made public.').waitFor();
    expect(await (await fetch(address)).text()).toBe('for all');
  });

  it('a share link opens the file without an account, until it is taken back', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'shared.txt': 'between us' });
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await page.goto('/?query=shared.txt');
    await page.getByRole('link', { name: 'shared.txt' }).click();
    await page.getByRole('button', { name: 'Create link' }).click();
    const link = await page.getByLabel('New link', { exact: true }).inputValue();
    await using guest = await visit(browser, site.app);
    await guest.page.goto(link);
    await guest.page.getByRole('heading', { name: 'shared.txt' }).waitFor();
    await guest.page.getByText('between us').waitFor();
    await page.getByRole('button', { name: 'Take back this link' }).click();
    await page.getByText('The link no longer works.').waitFor();
    guest.expectComplaint(/40[34]|410/);
    await guest.page.reload();
    await guest.page.getByText('This link no longer works').waitFor();
  });

  it('an address from before the migration leads to the file', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'old-link.txt': 'found again' });
    const row = await site.app.database.db
      .selectFrom('files')
      .select(['id', 'path'])
      .where('name', '=', 'old-link.txt')
      .executeTakeFirstOrThrow();
    await using window = await visit(browser, site.app, { account: site.app.user });
    window.expectComplaint(/favicon/); // the browser asks for one beside a file, too
    await window.page.goto(`/uploads/${row.path}`);
    expect(new URL(window.page.url()).pathname).toBe(`/files/${row.id}/old-link.txt`);
    await window.page.getByText('found again').waitFor();
  });

  it('whole folders are dropped, and keep their order', async () => {
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    await page.goto('/');
    await settled(page);
    await page.evaluate(DROP_A_FOLDER);
    await page.getByRole('link', { name: 'trip', exact: true }).click();
    await rowOf(page, 'map.txt').waitFor();
    await page.getByRole('link', { name: 'day one', exact: true }).click();
    await rowOf(page, 'notes.txt').waitFor();
  });

  it('a file that is too large is refused before it is sent, with the limit', async () => {
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    const sent: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
    await page.goto('/');
    await settled(page);
    await page.evaluate(DROP_A_HUGE_FILE);
    await page.getByText('Larger than 300 MB, which is the limit here.').waitFor();
    expect(sent).toEqual([]);
  });
});

/** Entries as a browser makes them of what a file manager drops: there is no way to have it do so from outside. */
const DROP_A_FOLDER = `(() => {
  const file = (name, content) => ({
    isFile: true, isDirectory: false, name,
    file: (done) => done(new File([content], name, { type: 'text/plain' })),
  });
  const folder = (name, children) => ({
    isFile: false, isDirectory: true, name,
    createReader: () => { let left = [children, []]; return { readEntries: (done) => done(left.shift()) }; },
  });
  const trip = folder('trip', [file('map.txt', 'a map'), folder('day one', [file('notes.txt', 'notes')])]);
  const event = new Event('drop', { bubbles: true, cancelable: true });
  Object.defineProperty(event, 'dataTransfer', {
    value: { types: ['Files'], items: [{ webkitGetAsEntry: () => trip }], files: [] },
  });
  document.dispatchEvent(event);
})()`;

const DROP_A_HUGE_FILE = `(() => {
  const huge = new File(['x'], 'huge.bin');
  Object.defineProperty(huge, 'size', { value: 300_000_001 });
  const event = new Event('drop', { bubbles: true, cancelable: true });
  Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], items: [], files: [huge] } });
  document.dispatchEvent(event);
})()`;
