import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer } from '../client.js';
import { expectGone, openBrowser, settled, visit } from './browser.js';
import { localSite, type Site } from './site.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let axe: string;

let site: Site;
let browser: Browser;
let pages: string[];

beforeAll(async () => {
  [site, browser] = await Promise.all([localSite(), openBrowser()]);
  axe = await readFile(AXE, 'utf8');
  const client = await site.app.client(site.app.admin);
  const { files } = await answer<{ files: { id: string }[] }>(
    client.upload({
      'A text with a name that is much longer than any screen of a telephone is wide, without end.txt':
        'Hello',
      'notes.md': 'x',
    }),
    201,
  );
  await answer(client.post('/api/folders', { path: 'Letters' }), 201);
  const { url } = await answer<{ url: string }>(
    client.post(`/api/files/${files[0]?.id}/shares`, { expiresIn: 3_600 }),
    201,
  );
  pages = [
    '/',
    '/folder/Letters',
    `/file/${files[0]?.id}`,
    new URL(url).pathname,
    '/login',
    '/register',
    ...['files', 'users', 'audit', 'consistency', 'analytics', 'migration'].map(
      (name) => `/admin/${name}`,
    ),
    '/nothing/here',
  ];
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[];
}

/** What axe finds wrong, as a text for each. */
async function violations(page: Page): Promise<string[]> {
  if (await page.evaluate('window.axe === undefined')) await page.evaluate(axe);
  const found = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
  return found.map(({ id, nodes }) => {
    const places = nodes.slice(0, 2).map(({ target, failureSummary }) => [target, failureSummary]);
    return `${id}: ${JSON.stringify(places)}`;
  });
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await settled(page);
}

/** As the back button does: without loading all of the application anew. */
async function go(page: Page, path: string): Promise<void> {
  await page.evaluate(`
    document.querySelector('main > *').dataset.before = '';
    history.pushState(null, '', ${JSON.stringify(path)});
    dispatchEvent(new PopStateEvent('popstate'));
  `);
  await expectGone(page, 'main > [data-before]');
  await settled(page);
}

describe('every page', () => {
  it('has nothing that axe finds wrong, in light and in dark colours', async () => {
    await using window = await visit(browser, site.app, { account: site.app.admin });
    const { page } = window;
    window.expectComplaint(/api\/admin\/migration/); // there is none here
    await open(page, '/login');
    for (const path of pages) {
      await go(page, path);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const found = await violations(page);
        expect({ path, colorScheme, found }).toEqual({ path, colorScheme, found: [] });
      }
    }
  });

  it('fits a telephone without scrolling sideways', async () => {
    const viewport = { width: 360, height: 740 };
    await using window = await visit(browser, site.app, { account: site.app.admin, viewport });
    const { page } = window;
    window.expectComplaint(/api\/admin\/migration/);
    await open(page, '/login');
    for (const path of pages) {
      await go(page, path);
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect({ path, over }).toEqual({ path, over: 0 });
    }
  });
});

describe('dialogs and menus', () => {
  it('have nothing that axe finds wrong', async () => {
    await using window = await visit(browser, site.app, { account: site.app.admin });
    const { page } = window;
    await open(page, '/');
    await page.getByRole('button', { name: 'Actions for notes.md' }).click();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('menuitem', { name: 'Rename…' }).click();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('checkbox', { name: 'Select notes.md' }).check();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete…' }).click();
    expect(await violations(page)).toEqual([]);
  });
});

describe('the keyboard alone', () => {
  it('signs in, makes a folder, renames and deletes a file', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'typed.txt': 'x' });
    await using window = await visit(browser, site.app);
    const { page } = window;
    const { keyboard } = page;
    await page.goto('/');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await tabTo(page, 'Email');
    await keyboard.type(site.app.user.email);
    await keyboard.press('Tab');
    await keyboard.type(site.app.user.password);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'My files' }).waitFor();
    await tabTo(page, 'New folder');
    await keyboard.press('Enter');
    await keyboard.type('Typed');
    await keyboard.press('Enter');
    await page.getByRole('link', { name: 'Typed', exact: true }).waitFor();
    expect(await focused(page)).toBe('New folder'); // where it was before the dialog
    await tabTo(page, 'Actions for typed.txt');
    await keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Download' }).and(page.locator(':focus')).waitFor();
    await keyboard.press('Escape');
    expect(await focused(page)).toBe('Actions for typed.txt');
    await keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Download' }).and(page.locator(':focus')).waitFor();
    await keyboard.press('ArrowUp');
    await keyboard.press('Enter');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Cancel' })
      .and(page.locator(':focus'))
      .waitFor();
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await page.getByText('1 file was deleted.').waitFor();
  });

  it('passes the navigation by, and opens it on a telephone', async () => {
    const viewport = { width: 360, height: 740 };
    await using window = await visit(browser, site.app, { account: site.app.user, viewport });
    const { page } = window;
    await open(page, '/');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await tabTo(page, 'Menu');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'My files' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'My files' }).waitFor({ state: 'hidden' });
    expect(await focused(page)).toBe('Menu');
  });
});

describe('colours', () => {
  it('are those that were chosen, also after a reload', async () => {
    await using window = await visit(browser, site.app, {
      account: site.app.user,
      colorScheme: 'light',
    });
    const { page } = window;
    await open(page, '/');
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await settled(page);
    expect(await background()).toBe(dark);
  });
});

function focused(page: Page): Promise<string> {
  return page.evaluate<string>(
    `(() => { const at = document.activeElement; return at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent.trim(); })()`,
  );
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 60; steps++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === name) return;
  }
  throw new Error(`"${name}" can't be reached by the Tab key`);
}
