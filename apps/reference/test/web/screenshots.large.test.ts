import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, it } from 'vitest';
import { answer } from '../client.js';
import { openBrowser, settled, visit } from './browser.js';
import { localSite, type Site } from './site.js';

const IMAGES = fileURLToPath(new URL('../../../../docs/images/reference/', import.meta.url));

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 780 };

let site: Site;
let browser: Browser;
let file = '';

beforeAll(async () => {
  [site, browser] = await Promise.all([localSite(), openBrowser()]);
  const client = await site.app.client(site.app.admin);
  const pictures: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [name, [sky, hills]] of Object.entries(COLOURS))
    pictures[name] = await picture(sky, hills);
  const { files } = await answer<{ files: { id: string; name: string }[] }>(
    client.upload({
      'Minutes of the annual meeting.md': '# Minutes\n\nThe lamp is lit at dusk.\n',
      'Visitors 2026.csv': 'day,visitors\n2026-11-01,118\n2026-11-02,97\n',
      'Letter to the harbour master.txt': 'Dear Sir,\n\nthe buoy has drifted.\n',
      ...pictures,
    }),
    201,
  );
  file = files.find(({ name }) => name === 'Harbour at dawn.png')?.id ?? '';
  await client.patch(`/api/files/${file}`, { visibility: 'public' });
  await client.upload({ 'Lease.txt': 'x'.repeat(9_000) }, { folder: 'Contracts' });
  await client.upload({ 'Keeper.txt': 'x'.repeat(4_000) }, { folder: 'Interviews' });
  await mkdir(IMAGES, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const COLOURS = {
  'Forest.png': ['#9cc7a4', '#2f5d46'],
  'Evening over the bay.png': ['#c9a3c4', '#4d3a66'],
  'Mountains.png': ['#a9c5e8', '#3f5f8f'],
  'Harbour at dawn.png': ['#f0b58a', '#7d4a3a'],
} as const;

const SHOTS = [
  { name: 'files-light', path: () => '/', colorScheme: 'light', viewport: WIDE },
  { name: 'tiles-dark', path: () => '/', colorScheme: 'dark', viewport: WIDE, tiles: true },
  { name: 'file-light', path: () => `/file/${file}`, colorScheme: 'light', viewport: WIDE },
  { name: 'admin-files-dark', path: () => '/admin/files', colorScheme: 'dark', viewport: WIDE },
  { name: 'files-narrow', path: () => '/', colorScheme: 'light', viewport: NARROW },
] as const;

for (const shot of SHOTS)
  it(`${shot.name} is pictured for the documentation`, async () => {
    const { colorScheme, viewport } = shot;
    const options = { account: site.app.admin, colorScheme, viewport };
    await using window = await visit(browser, site.app, options);
    const { page } = window;
    if ('tiles' in shot) await page.addInitScript("localStorage.setItem('files-view', 'grid')");
    await page.goto(shot.path());
    await settled(page);
    await page.waitForLoadState('networkidle');
    const image = await page.screenshot();
    await sharp(image)
      .webp({ quality: 82 })
      .toFile(join(IMAGES, `${shot.name}.webp`));
  });

/** Hills under a sky. */
async function picture(sky: string, hills: string): Promise<Uint8Array<ArrayBuffer>> {
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600">
    <rect width="800" height="600" fill="${sky}"/>
    <circle cx="560" cy="210" r="70" fill="#fff" opacity="0.7"/>
    <path d="M0 430 190 300l160 120 190-180 260 190v170H0z" fill="${hills}" opacity="0.6"/>
    <path d="M0 510l240-110 220 120 180-90 160 90v80H0z" fill="${hills}"/>
  </svg>`;
  return new Uint8Array(await sharp(Buffer.from(drawing)).png().toBuffer());
}
