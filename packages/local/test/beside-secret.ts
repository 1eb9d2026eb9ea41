import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localStorage, temporaryDirectory } from './fixtures.js';

/** A root with a file, and a directory outside of it with a secret. */
export async function besideSecret() {
  const outside = await temporaryDirectory();
  await writeFile(join(outside, 'secret'), 'secret');
  await mkdir(join(outside, 'deep'));
  const { provider, root } = await localStorage();
  await provider.upload('file', 'content');
  await provider.upload('dir/file', 'content');
  return { provider, root, outside };
}
