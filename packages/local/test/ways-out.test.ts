import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { besideSecret } from './beside-secret.js';
import { rejection } from './fixtures.js';

describe('keys that look like ways out', () => {
  it.each([
    '../secret',
    'a/../../secret',
    '/etc/passwd',
    './file',
    'a/./b',
    'a//b',
    'a/',
    '..',
    'a\0b',
  ])('%j is refused by every operation', async (key) => {
    const { provider } = await besideSecret();
    for (const call of [
      () => provider.stat(key),
      () => provider.exists(key),
      () => provider.download(key),
      () => provider.upload(key, 'x'),
      () => provider.delete(key),
      () => provider.copy(key, 'copy'),
      () => provider.copy('file', key),
      () => provider.move('file', key),
    ]) {
      await rejection(call(), 'InvalidKey');
    }
  });

  it.each(['../', '../s', '/', 'a/../', './', '.storage/', '.storage/meta/', '.stor'])(
    'the prefix %j lists nothing',
    async (prefix) => {
      const { provider } = await besideSecret();
      for await (const entry of provider.list({ prefix })) {
        expect.unreachable(JSON.stringify(entry));
      }
    },
  );

  it('a backslash is a letter like any other, on POSIX', async () => {
    const { provider, root } = await besideSecret();
    await provider.upload('..\\..\\x', 'x');
    expect(existsSync(join(root, '..\\..\\x'))).toBe(true);
  });
});
