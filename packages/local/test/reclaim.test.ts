import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesIn, localStorage, rejection, stagingIn, temporaryDirectory } from './fixtures.js';

describe('reclaiming', () => {
  it('removes what nobody writes to any more, or counts it', async () => {
    const { provider, root } = await localStorage();
    await mkdir(stagingIn(root), { recursive: true });
    for (const name of ['old', 'new']) await writeFile(join(stagingIn(root), name), 'half');
    const longAgo = new Date(Date.now() - 25 * 3_600_000);
    await utimes(join(stagingIn(root), 'old'), longAgo, longAgo);
    expect(await provider.reclaim({ dryRun: true })).toEqual({ reclaimed: 1 });
    expect(await readdir(stagingIn(root))).toHaveLength(2);
    expect(await provider.reclaim()).toEqual({ reclaimed: 1 });
    expect(await readdir(stagingIn(root))).toEqual(['new']);
  });
});

describe('a trash beside the root', () => {
  it('takes files, and gives them back', async () => {
    const trash = join(await temporaryDirectory(), 'made', 'trash');
    const { provider, root } = await localStorage({ trash });
    await provider.upload('a', 'content');
    const { id } = await provider.trash.put('a');
    expect((await filesIn(trash)).some((path) => path.endsWith(id))).toBe(true);
    expect(await readdir(join(root, '.storage'))).not.toContain('trash');
    await provider.trash.restore({ id });
    expect(await provider.exists('a')).toBe(true);
    expect(await filesIn(trash)).toEqual([]);
  });

  it('is refused within the root, where its files would be listed', async () => {
    const root = await temporaryDirectory();
    for (const trash of [root, join(root, 'trash')]) {
      const { provider } = await localStorage({ root, trash });
      await rejection(provider.upload('a', 'content'), 'InvalidArgument');
    }
  });
});
