import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { chromium } from '../../src/chromium/index.js';
import { run } from '../../src/daemons/command.js';

test('where there is no Chromium, that of Debian shows a page', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'chromium-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  vi.stubEnv('STORAGE_CHROMIUM', '');
  const { executablePath, args, env } = await chromium({ installed: false });
  const page = 'data:text/html,<title>Hello</title><p>World';
  const shown = await run(
    executablePath,
    [...args, '--headless', `--user-data-dir=${directory}`, '--dump-dom', page],
    { environment: env },
  );
  expect(shown).toContain('<p>World');
});
