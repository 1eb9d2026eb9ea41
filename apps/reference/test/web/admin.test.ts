import { describe, expect, it } from 'vitest';
import { answer } from '../client.js';
import { rowOf } from './browser.js';
import { useLocalSite } from './site.js';

const site = useLocalSite();

describe('administration', () => {
  it('files of all users are found by filters, with their store, and cleaned up', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'rubbish.txt': 'x', 'kept.txt': 'y' });
    await using window = await site.visit({ account: site.app.admin });
    const { page } = window;
    await page.goto('/admin/files');
    const row = rowOf(page, 'rubbish.txt');
    await row.getByText('Local').waitFor();
    await page.getByLabel('Stored in').selectOption('s3');
    await page.getByText('No file fits these filters.').waitFor();
    await page.getByLabel('Stored in').selectOption('local');
    await row.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete 1 file' }).click();
    await row.waitFor({ state: 'detached' });
    await rowOf(page, 'kept.txt').waitFor();
  });

  it('a user who is disabled can no longer sign in', async () => {
    const account = { email: 'eve@example.org', name: 'Eve', password: 'a long enough password' };
    const eve = await site.app.client();
    await answer(eve.post('/api/register', account), 201);
    await using window = await site.visit({ account: site.app.admin });
    const { page } = window;
    await page.goto('/admin/users');
    const row = page.getByRole('row').filter({ hasText: 'eve@example.org' });
    await row.getByRole('button', { name: 'Disable…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await row.getByText('Disabled').waitFor();
    await using other = await site.visit();
    other.expectComplaint(/status of 40\d/);
    await other.page.goto('/login');
    await other.page.getByLabel('Email').fill(account.email);
    await other.page.getByLabel('Password').fill(account.password);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
  });

  it('the audit log, the check and the numbers are shown', async () => {
    const client = await site.app.client(site.app.user);
    await client.upload({ 'counted.txt': 'z' });
    await site.local.upload('2020/01/left-over.bin', 'nobody knows me');
    await using window = await site.visit({ account: site.app.admin });
    const { page } = window;
    await page.goto('/admin/audit');
    await page.getByText('file.upload').first().waitFor();
    await page.getByRole('link', { name: 'Consistency' }).click();
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('2020/01/left-over.bin').waitFor();
    await page.getByRole('link', { name: 'Analytics' }).click();
    await page.getByRole('heading', { name: 'Scheduled jobs' }).waitFor();
    await page.getByRole('button', { name: 'Run now' }).first().waitFor();
  });

  it('is not there for users', async () => {
    await using window = await site.visit({ account: site.app.user });
    const { page } = window;
    await page.goto('/admin/files');
    await page.getByText('There is no such page').waitFor();
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0);
  });
});
