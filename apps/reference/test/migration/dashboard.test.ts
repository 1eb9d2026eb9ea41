import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildWeb } from '../../src/build-web.js';
import { type Demo, openDemo } from '../../src/demo/demo.js';
import { problemsOf } from '../../src/demo/proof.js';
import { BUCKET } from '../../src/demo/server-address.js';
import { openBrowser } from '../web/browser.js';

let scratch: string;
let server: S3Server;
let demo: Demo;
let browser: Browser;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'storage-dashboard-'));
  server = await startS3Server({ buckets: [BUCKET] });
  const webRoot = await buildWeb(join(scratch, 'web'));
  const { endpoint, region, credentials } = server;
  demo = await openDemo({
    ...{ scratch, webRoot, server: { endpoint, region, ...credentials } },
    ...{ files: 40, bandwidth: 500_000 },
  });
  browser = await openBrowser();
}, 240_000);
afterAll(async () => {
  await browser.close();
  await demo.close();
  await server.close();
  await rm(scratch, { recursive: true, force: true });
}, 120_000);

async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as { axe: { run(): Promise<{ violations: unknown[] }> } }
    ).axe.run();
    return violations;
  });
  expect(found).toEqual([]);
}

it('takes an administrator from source to target, while users work', async () => {
  const context = await browser.newContext({
    baseURL: demo.url,
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 1000 },
  });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto('/login');
  await page.getByLabel('Email').fill(demo.admin.email);
  await page.getByLabel('Password').fill(demo.admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname === '/');
  await page.goto('/admin/migration');
  const click = (name: string) => page.getByRole('button', { name, exact: true }).first().click();
  const heading = (name: string | RegExp) => page.getByRole('heading', { name }).first().waitFor();
  const current = (mode: string) =>
    page
      .locator('[aria-current="step"]', { hasText: mode })
      .locator('text=/now|done/')
      .first()
      .waitFor();

  await click('Go on to prepare');
  await current('prepare');
  await click('Go on to hybrid');
  await current('hybrid');
  await click('Start copying');
  await heading('Copying files');
  await click('Pause');
  await heading('Paused');
  await expectAccessible(page);
  await page.getByLabel('Bandwidth in MB/s').fill('');
  await click('Apply');
  await click('Resume');
  await heading('Verify the copies');
  await click('Verify');
  await heading('Retire the source');
  await click('Retire');
  await page.getByRole('dialog').getByRole('button', { name: 'Retire' }).click();
  await heading(/The gate is shut|^Cut over$/);
  await page
    .locator('.gate-head .badge', { hasText: 'Shut' })
    .or(page.locator('.gate-head .badge', { hasText: 'Open' }))
    .first()
    .waitFor();
  await expect
    .poll(
      async () => {
        await page.getByRole('button', { name: 'Look again' }).last().click();
        return page.getByRole('heading', { name: 'Cut over', exact: true }).isVisible();
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBe(true);
  await click('Cut over');
  await page.getByRole('dialog').getByRole('button', { name: 'Cut over' }).click();
  await heading('The migration is done');
  await expectAccessible(page);
  await context.close();
  expect(complaints).toEqual([]);
  expect(await problemsOf(demo)).toEqual([]);
}, 300_000);
