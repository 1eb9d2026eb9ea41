import type { Page } from 'playwright-core';
import { settled } from '../browser.js';
import type { Moving } from './moving.js';
import type { State } from './state.js';

const dashboard = async (page: Page) => {
  await page.goto('/admin/migration');
  await settled(page);
  await page.getByText('Live', { exact: true }).waitFor();
};

/** The dashboard from the beginning to the end: each state goes on from the one before it. */
export const MIGRATION: readonly State<Moving>[] = [
  { name: 'migration-start', title: 'Before the migration', as: 'admin', show: dashboard },
  {
    name: 'migration',
    title: 'Files are copied',
    as: 'admin',
    async show(page, moving) {
      for (const mode of ['prepare', 'hybrid']) {
        await moving.act('mode', { mode });
        await moving.until(({ mode: { wanted, reached } }) => wanted === mode && reached);
      }
      moving.server.faults.add({ type: 'error', code: 'AccessDenied', key: REFUSED });
      await moving.act('start');
      await moving.until(({ progress }) => progress.done.files > 20);
      await dashboard(page);
    },
  },
  {
    name: 'migration-failures',
    title: 'Files that could not be copied',
    as: 'admin',
    async show(page, moving) {
      await moving.act('limits', { bandwidth: null });
      await moving.until(({ work, failures }) => work === null && failures.length > 0);
      await dashboard(page);
    },
    at: 'Failures',
  },
  {
    name: 'migration-s3-away',
    title: 'The bucket does not answer',
    as: 'admin',
    async show(page, moving, later) {
      moving.server.faults.clear();
      const fault = moving.server.faults.add({ type: 'error', code: 'ServiceUnavailable' });
      later(() => fault.remove());
      await moving.until(
        ({ spool, health }) => health.target?.healthy === false && (spool?.entries ?? 0) > 0,
      );
      await dashboard(page);
    },
    at: 'Health',
  },
  {
    name: 'migration-gate',
    title: 'The gate, with what is missing',
    as: 'admin',
    async show(page, moving) {
      await moving.until(
        ({ spool, health }) => health.target?.healthy === true && spool?.entries === 0,
      );
      await moving.act('retry');
      await moving.until(({ work, progress }) => work === null && progress.unresolved === 0);
      await moving.act('verify');
      await moving.until(({ work, progress }) => work === null && progress.unverified === 0);
      await moving.act('gate');
      await dashboard(page);
    },
    at: 'Cutover gate',
  },
  {
    name: 'migration-question',
    title: 'Before the source is given up',
    as: 'admin',
    async show(page) {
      await dashboard(page);
      await page.getByRole('button', { name: 'Retire', exact: true }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'migration-done',
    title: 'The migration is done',
    as: 'admin',
    async show(page, moving) {
      await moving.act('retire');
      await moving.until(({ work, progress }) => work === null && progress.retired > 0);
      await moving.until(({ gate }) => gate?.open === true);
      await moving.act('cutover');
      await moving.until(
        ({ mode, work }) => work === null && mode.wanted === 'target' && mode.reached,
      );
      await dashboard(page);
    },
  },
];

/** Keys whose copies the server refuses. */
const REFUSED = /(notes|reports)-00[0-3]\d/;
