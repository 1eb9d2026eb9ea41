import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll, type StorageProvider } from '@org/storage-core';
import type { Locator, Page } from 'playwright-core';
import { rowOf, settled } from '../browser.js';

/** Picks a file of this name by the button, as a user does. */
export async function pick(page: Page, button: string, paths: string | string[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).first().click();
  await (await chooser).setFiles(paths);
}

/** Uploads files from the page that lists them, and waits until they are there. */
export async function uploadByHand(
  page: Page,
  directory: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const paths = await Promise.all(
    Object.entries(files).map(async ([name, content]) => {
      const path = join(directory, name);
      await writeFile(path, content);
      return path;
    }),
  );
  await page.goto('/');
  await settled(page);
  await pick(page, 'Upload files', paths);
  for (const name of Object.keys(files)) await rowOf(page, name).waitFor();
  const { length } = paths;
  await uploads(page)
    .getByText(`${length} ${length === 1 ? 'upload' : 'uploads'} done`)
    .first()
    .waitFor();
}

/** Where uploads are shown. */
export function uploads(page: Page): Locator {
  return page.getByRole('region', { name: 'Uploads' });
}

/** The page of a file, from the list. */
export async function openFile(page: Page, name: string): Promise<void> {
  await page.goto(`/?query=${encodeURIComponent(name)}`);
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name }).waitFor();
  await settled(page);
}

/** What pages say of a file, such as its size. */
export function detail(page: Page, name: string): Locator {
  return page.locator('dt', { hasText: name }).locator('xpath=following-sibling::dd[1]');
}

/** What people have stored, by the key. */
export async function contentsOf(storage: StorageProvider): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for await (const entry of storage.list())
    if (entry.type === 'file' && !entry.key.startsWith('thumbnails/'))
      contents.set(entry.key, await readAll((await storage.download(entry.key)).body));
  return contents;
}
