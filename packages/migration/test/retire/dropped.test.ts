import { LocalStorageProvider } from '@org/storage-local';
import { expect, it } from 'vitest';
import { retire } from '../../src/index.js';
import { memoryWith, temporaryDirectory } from '../fixtures.js';

it.each([
  ['drops', 'gone', (source: LocalStorageProvider) => source.delete('a')],
  ['changes', 'changed', (source: LocalStorageProvider) => source.upload('a', 'other')],
] as const)('a file that somebody %s at the same moment is %s', async (_, outcome, meanwhile) => {
  await using source = new LocalStorageProvider({ root: await temporaryDirectory() });
  const { etag: copied } = await source.upload('a', 'content');
  const target = await memoryWith({ a: 'content' }, 'target');
  const archive = {
    ...source.trash,
    async put(...call: Parameters<typeof source.trash.put>) {
      await meanwhile(source);
      return source.trash.put(...call);
    },
  };
  expect(await retire('a', { source, target, copied, archive })).toEqual({ outcome });
});
