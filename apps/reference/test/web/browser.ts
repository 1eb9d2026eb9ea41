import { chromium } from '@org/storage-testkit/chromium';
import {
  type Browser,
  type BrowserContextOptions,
  type Page,
  chromium as playwright,
} from 'playwright-core';
import { expect } from 'vitest';
import type { Account, StartedApp } from '../app.js';

export async function openBrowser(): Promise<Browser> {
  const { executablePath, args, env } = await chromium();
  return playwright.launch({ executablePath, args: [...args], env: { ...env } });
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Complaints of the browser that are meant to be: all others fail the test. */
  expectComplaint(pattern: RegExp): void;
}

/** A window of its own, signed in or not. In the end nothing may have been written to the console, which is where violations of the policy are told. */
export async function visit(
  browser: Browser,
  app: Pick<StartedApp, 'origin' | 'client'>,
  options: BrowserContextOptions & { readonly account?: Account } = {},
): Promise<Visit> {
  const { account, ...window } = options;
  const context = await browser.newContext({
    baseURL: app.origin,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    ...window,
  });
  context.setDefaultTimeout(20_000);
  if (account !== undefined) {
    const { cookie } = await app.client(account);
    const [name = '', ...value] = cookie.split('=');
    await context.addCookies([{ name, value: value.join('='), url: app.origin }]);
  }
  const complaints: string[] = [];
  const meant: RegExp[] = [];
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return {
    page,
    expectComplaint: (pattern) => meant.push(pattern),
    async [Symbol.asyncDispose]() {
      await context.close();
      expect(complaints.filter((text) => !meant.some((pattern) => pattern.test(text)))).toEqual([]);
    },
  };
}

/** Waits until what is asked for was loaded. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await expectGone(page, 'main [aria-busy=true]');
}

function expectGone(page: Page, selector: string): Promise<void> {
  return page.locator(selector).first().waitFor({ state: 'detached' });
}

/** The row of a file in the list. */
export function rowOf(page: Page, name: string) {
  return page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
}
