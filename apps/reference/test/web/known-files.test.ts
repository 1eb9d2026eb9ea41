import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildWeb } from '../../src/build-web.js';
import { sqliteJournal } from '../../src/server/migration/journal-place.js';
import { MigrationService } from '../../src/server/migration/service.js';
import { type StartedApp, startApp } from '../app.js';
import { rested, until } from '../migration/lab.js';
import { violations } from './axe.js';
import { openBrowser, settled, visit } from './browser.js';

/** A process that has died on this host is known to have ended: nobody waits for long. */
const TIMING = { heartbeat: 40, drain: 2_000 } as const;

let browser: Browser;
let app: StartedApp;
let service: MigrationService;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'reference-known-'));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  const [source, target] = [join(directory, 'source'), join(directory, 'target')];
  await Promise.all([mkdir(source), mkdir(target)]);
  await writeFile(join(source, 'letter.txt'), 'from the source');
  await writeFile(join(target, 'older.txt'), 'nobody knows from when');
  const opened = (root: string) => {
    const provider = new LocalStorageProvider({ root });
    ends.push(() => provider.close());
    return provider;
  };
  const registry = sqliteFleetRegistry(join(directory, 'fleet.sqlite'));
  ends.push(() => registry.close());
  const member = new FleetMember({ ...TIMING, registry });
  const mode = member.wanted('source');
  const storage = new HybridStorageProvider({
    ...{ source: opened(source), target: opened(target), mode, neighbours: member },
  });
  ends.push(() => storage.close());
  await storage.exists('nothing'); // puts it into the fleet
  const from = opened(source);
  service = new MigrationService({
    ...{ source: from, target: opened(target), registry, archive: from.trash, timing: TIMING },
    ...{ lookEvery: 40, stage: () => storage.stage },
    journal: sqliteJournal(join(directory, 'journal.sqlite'), { source, target }),
  });
  ends.push(() => service.close());
  const webRoot = await buildWeb(join(directory, 'web'));
  app = await startApp({ storage, mode, migration: service, webRoot });
  ends.push(() => app.close());
  for (const wanted of ['prepare', 'hybrid'] as const) {
    await service.setMode(wanted);
    await until(service, ({ mode: now }) => now.wanted === wanted && now.reached);
  }
  browser = await openBrowser();
  ends.push(() => browser.close());
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

it('before files are copied to a directory that has some, somebody is asked whether they are known', async () => {
  await using window = await visit(browser, app, { account: app.admin });
  window.expectComplaint(/status of 409/);
  const { page } = window;
  const { keyboard } = page;
  await page.goto('/admin/migration');
  await settled(page);
  const start = page.getByRole('button', { name: 'Start copying' });
  await start.click();
  const question = page.getByRole('dialog', { name: 'Are the files in the target known?' });
  await question.getByText('older.txt').waitFor();
  expect(await violations(page)).toEqual([]);
  await keyboard.press('Enter'); // on what has the focus: to cancel
  await question.waitFor({ state: 'detached' });
  expect(await service.state()).toMatchObject({ work: null, progress: { begun: false } });

  await start.click();
  await question.waitFor();
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Verify the copies' }).waitFor();
  const { progress, runs } = await rested(service);
  expect(progress).toMatchObject({ total: { files: 1 }, done: { files: 1 }, unresolved: 0 });
  expect(runs).toHaveLength(1);
});
