import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StartedApp, startApp } from '../app.js';
import type { Client } from '../client.js';

let webRoot: string;
let started: StartedApp;
let nobody: Client;

beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'reference-pages-'));
  await mkdir(join(webRoot, 'assets'));
  await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>Files</title>');
  await writeFile(join(webRoot, 'assets/main-abc.js'), 'export {};');
  started = await startApp({ webRoot, bucketOrigins: ['https://bucket.example'] });
  nobody = await started.client();
});

afterAll(async () => {
  await started.close();
  await rm(webRoot, { recursive: true, force: true });
});

describe('a page', () => {
  it.each(['/', '/login', '/folder/a/b', '/file/1', '/admin/files', '/s/id.secret'])(
    'is at %s',
    async (path) => {
      const response = await nobody.get(path);
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringContaining('<title>'),
      ]);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("connect-src 'self' https://bucket.example;");
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(response.headers.get('cache-control')).toBe('no-cache');
    },
  );

  it('at a secret address does not tell it to others', async () => {
    expect((await nobody.get('/s/id.secret')).headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('tells those who follow a wrong link, and programs by JSON', async () => {
    const lost = await nobody.get('/none', { accept: 'text/html,*/*;q=0.8' });
    expect([lost.status, await lost.text()]).toEqual([404, expect.stringContaining('<title>')]);
    expect(lost.headers.get('content-security-policy')).toContain("script-src 'self';");
    const program = await nobody.get('/api/none', { accept: 'text/html' });
    expect(program.status).toBe(404);
    expect(await program.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('is made of files that never change, and of nothing beside them', async () => {
    const script = await nobody.get('/assets/main-abc.js');
    expect(script.headers.get('content-type')).toMatch(/javascript/);
    expect(script.headers.get('cache-control')).toContain('immutable');
    for (const path of ['/assets/none.js', '/assets/..%2findex.html', '/assets/', '/none'])
      expect((await nobody.get(path)).status, path).toBe(404);
  });
});
