import { describe, expect, it } from 'vitest';
import { rowOf, settled } from './browser.js';
import { useLocalSite } from './site.js';

const site = useLocalSite();

describe('files in a directory', () => {
  it('a file is renamed, and moved to a folder that was made for it', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'draft.txt': 'a draft' });
    await using window = await site.visit({ account: site.app.user });
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

  it('a share link opens the file without an account, until it is taken back', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'shared.txt': 'between us' });
    await using window = await site.visit({ account: site.app.user });
    const { page } = window;
    await page.goto('/?query=shared.txt');
    await page.getByRole('link', { name: 'shared.txt' }).click();
    await page.getByRole('button', { name: 'Create link' }).click();
    const link = await page.getByLabel('New link', { exact: true }).inputValue();
    await using guest = await site.visit();
    await guest.page.goto(link);
    await guest.page.getByRole('heading', { name: 'shared.txt' }).waitFor();
    await guest.page.getByText('between us').waitFor();
    await page.getByRole('button', { name: 'Take back this link' }).click();
    await page.getByText('The link no longer works.').waitFor();
    guest.expectComplaint(/40[34]|410/);
    await guest.page.reload();
    await guest.page.getByText('This link no longer works').waitFor();
  });

  it('whole folders are dropped, and keep their order', async () => {
    await using window = await site.visit({ account: site.app.user });
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
    await using window = await site.visit({ account: site.app.user });
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
