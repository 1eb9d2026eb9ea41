import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settled } from './browser.js';
import { writeLargeFile } from './large-file.js';
import { useLocalSite } from './site.js';
import { pick } from './stores/pages.js';

const site = useLocalSite();

it('an upload that is canceled before the server has answered its creation leaves nothing behind', async () => {
  const path = join(site.directory, 'canceled.bin');
  await writeLargeFile(path, 20);
  await using window = await site.visit({ account: site.app.user });
  const { page } = window;
  const creation = holdFirst();
  await page.goto('/');
  await settled(page);
  await pick(page, 'Upload files', path);
  await creation.arrived;
  const removal = page.waitForResponse((response) => response.request().method() === 'DELETE');
  await page.getByRole('button', { name: 'Cancel canceled.bin' }).click();
  creation.release();
  expect((await removal).status()).toBe(204);
  await page.getByRole('region', { name: 'Uploads' }).waitFor({ state: 'hidden' });
  expect(await keys()).toEqual([]);
  expect(await page.evaluate('Object.keys(localStorage)')).toEqual([]);
});

it('one that is paused then is gone on with, and not created twice', async () => {
  const path = join(site.directory, 'paused-early.bin');
  await writeLargeFile(path, 20);
  await using window = await site.visit({ account: site.app.user });
  const { page } = window;
  const creation = holdFirst();
  const created: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/api/tus'))
      created.push(request.url());
  });
  await page.goto('/');
  await settled(page);
  await pick(page, 'Upload files', path);
  await creation.arrived;
  await page.getByRole('button', { name: 'Pause paused-early.bin' }).click();
  await page.getByRole('button', { name: 'Resume paused-early.bin' }).click();
  creation.release();
  await page.getByRole('region', { name: 'Uploads' }).getByText('1 upload done').first().waitFor();
  expect(created).toHaveLength(1);
});

/** Keeps the first thing that an upload stores from being stored until it is released: what is known of it, before its creation is answered. */
function holdFirst(): { readonly arrived: Promise<void>; release(): void } {
  let arrive: () => void = () => undefined;
  let release: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  site.local.before = async () => {
    arrive();
    await held;
  };
  return { arrived, release };
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of site.local.list()) if (entry.type === 'file') found.push(entry.key);
  return found;
}
