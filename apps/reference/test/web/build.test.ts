import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildWeb } from '../../src/build-web.js';

let directory: string;
let assets: string[];

beforeAll(async () => {
  directory = await buildWeb(await mkdtemp(join(tmpdir(), 'reference-build-')));
  assets = await readdir(join(directory, 'assets'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

it('all that is loaded is below 70 KB when it is compressed', async () => {
  const contents = await Promise.all(
    assets
      .filter((name) => !name.endsWith('.map'))
      .map((name) => readFile(join(directory, 'assets', name))),
  );
  const size = contents.reduce((sum, content) => sum + gzipSync(content).length, 0);
  expect(size).toBeLessThan(70_000);
});

it('names change with the content, and scripts and styles have their source maps', () => {
  for (const name of assets) expect(name).toMatch(/-[A-Z0-9]{8}\.(js|css|svg)(\.map)?$/);
  for (const name of assets.filter((one) => /\.(js|css)$/.test(one)))
    expect(assets).toContain(`${name}.map`);
});

it('the page has nothing inline, which a strict policy would refuse, and names what was built', async () => {
  const html = await readFile(join(directory, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
  const named = [...html.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].map(([, name]) => name);
  expect(named).toHaveLength(4);
  for (const name of named) expect(assets).toContain(name);
});
