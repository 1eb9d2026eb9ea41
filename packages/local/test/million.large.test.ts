import { performance } from 'node:perf_hooks';
import { it } from 'vitest';
import { localStorage } from './fixtures.js';
import { expectAllListed, plantMany } from './many-files.js';

it('a million files are listed in order, in memory that does not grow with their number', async ({
  annotate,
}) => {
  const { provider, root } = await localStorage();
  plantMany(root, 1000, 1000);
  const start = performance.now();
  const heap = await expectAllListed(provider, 1000, 1000);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  await annotate(`whole, in pages and by directory: ${seconds} s, heap +${heap >> 20} MiB`);
});
