import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bundledModule } from '../../../testkit/test/bundled-module.js';
import { endpoints, temporaryDirectory } from '../fixtures.js';

const FILES = 1_000_000;

/** MiB that the process may have resident: Node itself takes some 60, and SQLite's cache 2. */
const MOST = 160;

const bundle = bundledModule(new URL('../../src/index.ts', import.meta.url), 'migration');

it('a journal of a million files is written, paged through in every order, and written on, in constant memory', async ({
  annotate,
}) => {
  const path = join(await temporaryDirectory(), 'journal.sqlite');
  const code = `
    import { filesIn, openSqliteJournal } from ${JSON.stringify(bundle.url.href)};
    const journal = await openSqliteJournal(${JSON.stringify({ file: path, endpoints })});
    const seconds = {};
    const timed = async (name, work) => {
      const start = performance.now();
      await work();
      seconds[name] = Number(((performance.now() - start) / 1000).toFixed(1));
    };
    const file = (index) => ({
      type: 'file',
      key: 'folder-' + (index % 1000) + '/some file of a million ' + index,
      size: (index * 7919) % 5003,
      etag: 'etag-' + index,
      lastModified: new Date(1.6e12 + ((index * 104729) % 9973) * 1000),
    });
    await journal.startScan();
    await timed('inventory', async () => {
      for (let start = 0; start < ${FILES}; start += 1000)
        await journal.recordSeen(Array.from({ length: 1000 }, (_, index) => file(start + index)));
    });
    await journal.endScan();
    const seen = {};
    for (const order of ['key', 'smallest', 'newest']) await timed(order, async () => {
      seen[order] = 0;
      for await (const record of filesIn(journal, { states: ['pending'], order })) seen[order] += 1;
    });
    await timed('results', async () => {
      let under_way = [];
      for await (const { key } of filesIn(journal, { states: ['pending'] })) {
        under_way.push(journal.recordResult(key, { state: 'copied', attempts: 1 }));
        if (under_way.length === 1000) under_way = (await Promise.all(under_way), []);
      }
      await Promise.all(under_way);
    });
    const { copied } = await journal.totals();
    await journal.close();
    const resident = process.resourceUsage().maxRSS / 1024;
    console.log(JSON.stringify({ seen, copied: copied.files, resident, seconds }));`;
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=64', '--input-type=module', '--eval', code],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  expect((await once(child, 'close'))[0]).toBe(0);
  const { seen, copied, resident, seconds } = JSON.parse(printed);
  expect(seen).toEqual({ key: FILES, smallest: FILES, newest: FILES });
  expect(copied).toBe(FILES);
  expect(resident).toBeLessThan(MOST);
  await annotate(`${Math.round(resident)} MiB resident; seconds: ${JSON.stringify(seconds)}`);
});
