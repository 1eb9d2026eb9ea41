import { it } from 'vitest';
import { localStorage } from './fixtures.js';
import { expectAllListed, plantMany } from './many-files.js';

it('twenty thousand files in a hundred directories are listed whole, in pages and by directory', async () => {
  const { provider, root } = await localStorage();
  plantMany(root, 100, 200);
  await expectAllListed(provider, 100, 200);
});
