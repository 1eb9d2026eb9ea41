import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overflow, violations } from './axe.js';
import { openBrowser, settled, visit } from './browser.js';
import { type Library, openLibrary } from './states/library.js';
import { PAGES } from './states/pages.js';
import { eachLook, type Look } from './states/state.js';

/** Colours and widths don’t depend on each other; all four are looked at when pictures are taken. */
const SEEN: readonly Look[] = [
  { colours: 'light', width: 'wide' },
  { colours: 'dark', width: 'narrow' },
];

let site: Library;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([openLibrary(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await settled(page);
}

describe('without anything that axe finds wrong, and without scrolling sideways, in light and dark colours, wide and narrow', () => {
  for (const state of PAGES)
    it(state.title, async () => {
      const look = async (page: Page, as: Look) => {
        const found = { wrong: await violations(page), over: await overflow(page) };
        expect({ ...as, ...found }).toEqual({ ...as, wrong: [], over: 0 });
      };
      await eachLook(browser, site, state, look, SEEN);
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

  it('stays in a dialog until it is closed, and is then where it was', async () => {
    await using window = await visit(browser, site.app, { account: site.app.user });
    const { page } = window;
    const { keyboard } = page;
    await open(page, '/');
    for (const [button, title] of [
      ['New folder', 'New folder'],
      ['Actions for Forest.jpg', 'Move 1 file'],
    ] as const) {
      await page.getByRole('button', { name: button }).focus();
      await keyboard.press('Enter');
      if (button !== title) await page.getByRole('menuitem', { name: 'Move…' }).press('Enter');
      await page.getByRole('dialog', { name: title }).waitFor();
      for (let steps = 0; steps < 8; steps++) {
        await keyboard.press('Tab');
        expect(await page.evaluate('document.activeElement.closest("main, header.side")')).toBe(
          null,
        );
      }
      await keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await focused(page)).toBe(button);
    }
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
