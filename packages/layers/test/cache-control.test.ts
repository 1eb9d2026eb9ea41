import { MemoryStorageProvider, type StorageProvider } from '@org/storage-core';
import { expect, it } from 'vitest';
import {
  type CacheRule,
  type CacheRules,
  cacheControl,
  DEFAULT_CACHE_CONTROL,
  layered,
} from '../src/index.js';
import { everything } from './everything.js';

async function headerOf(
  rules: CacheRules | CacheRule | undefined,
  key: string,
  options?: { contentType?: string; cacheControl?: string },
): Promise<string | undefined> {
  const memory = new MemoryStorageProvider();
  await layered(memory, cacheControl(rules)).upload(key, 'x', options);
  return (await memory.stat(key)).cacheControl;
}

const RULES: CacheRules = {
  'image/svg+xml': 'no-store',
  'image/*': 'public, max-age=60',
  'Text/CSS': ({ key }) => (key.includes('.min.') ? 'public, immutable' : undefined),
  '*/*': 'private, max-age=1',
};

it.each<[string, string | undefined, string | undefined]>([
  ['a.svg', undefined, 'no-store'],
  ['a.png', undefined, 'public, max-age=60'],
  ['a', 'IMAGE/Jpeg; q=1', 'public, max-age=60'],
  ['a.min.css', undefined, 'public, immutable'],
  ['a.css', undefined, undefined],
  ['a.unknown', undefined, 'private, max-age=1'],
  ['a.png', 'text/plain', 'private, max-age=1'],
])('%s of type %s gets %s', async (key, contentType, expected) => {
  const options = contentType === undefined ? undefined : { contentType };
  expect(await headerOf(RULES, key, options)).toBe(expected);
});

it('without rules, a file may be kept privately and is asked for again', async () => {
  expect(await headerOf(undefined, 'a.png')).toBe(DEFAULT_CACHE_CONTROL);
  expect(await headerOf({ 'text/*': 'public' }, 'a.png')).toBe('private, no-cache');
});

it('a rule for all is a text or a function', async () => {
  expect(await headerOf('no-store', 'a')).toBe('no-store');
  expect(await headerOf(({ contentType }) => `x-${contentType}`, 'a.png')).toBe('x-image/png');
});

it('what the caller says counts, the empty text too', async () => {
  expect(await headerOf(RULES, 'a.png', { cacheControl: 'public' })).toBe('public');
  expect(await headerOf(RULES, 'a.png', { cacheControl: '' })).toBe('');
});

it('copies keep what the original has', async () => {
  const memory = new MemoryStorageProvider();
  await memory.upload('a', 'x');
  expect((await layered(memory, cacheControl()).copy('a', 'b')).cacheControl).toBeUndefined();
});

it('tickets get it too, but not further URLs of an upload that was begun', async () => {
  const { provider: inner } = everything();
  const given: unknown[] = [];
  const provider = layered(
    {
      ...inner,
      async createUploadTicket(_, options) {
        given.push(options);
        return { type: 'put', url: '', headers: {}, expiresAt: new Date() };
      },
    },
    cacheControl(),
  );
  await provider.createUploadTicket?.('a');
  const begun = { type: 'multipart', contentLength: 1, uploadId: 'u' } as const;
  await provider.createUploadTicket?.('a', begun);
  expect(given).toEqual([{ cacheControl: DEFAULT_CACHE_CONTROL }, begun]);
});

it('where the store keeps no headers it does nothing', async () => {
  const memory = new MemoryStorageProvider();
  const options: unknown[] = [];
  const plain: StorageProvider = Object.assign(Object.create(memory), {
    capabilities: { ...memory.capabilities, metadata: 'absent' },
    async upload(_: string, __: unknown, given: unknown) {
      options.push(given);
    },
  });
  await layered(plain, cacheControl()).upload('a', 'x');
  expect(options).toEqual([undefined]);
});

it('options are not changed, and rules are checked', async () => {
  const options = Object.freeze({ contentType: 'image/png' });
  expect(await headerOf(RULES, 'a', options)).toBe('public, max-age=60');
  for (const type of ['image', '*', '*/png', 'a/b/c', 'image/*x'])
    expect(() => cacheControl({ [type]: 'x' })).toThrow(/rule/);
  expect(() => cacheControl({ 'image/*': 'a\nb' })).toThrow(/control character/);
});
