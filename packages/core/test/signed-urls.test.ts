import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  grantedDownload,
  grantedMetadata,
  grantedUpload,
  MemoryStorageProvider,
  readAll,
  type UploadTicketOptions,
  type UrlGrant,
} from '../src/index.js';

const urls = {
  baseUrl: 'https://example.com/files',
  keys: [{ id: 'one', secret: randomBytes(32).toString('hex') }],
};
const code = (value: string) => expect.objectContaining({ code: value });

async function granted(storage: MemoryStorageProvider, options: UploadTicketOptions) {
  const ticket = await storage.createUploadTicket?.('a.txt', options);
  if (ticket === undefined || ticket.type === 'multipart') throw new Error('no ticket');
  const { url } = ticket;
  const grant: UrlGrant | undefined = storage.urlSigner?.verify(
    ticket.type === 'post'
      ? { method: 'POST', url, token: ticket.fields['token'] }
      : { method: 'PUT', url },
  );
  if (grant === undefined || grant.type === 'download') throw new Error('no grant');
  return grant;
}

async function* inPieces(text: string) {
  for (const letter of text) yield Buffer.from(letter);
}

describe('a provider in memory', () => {
  it('has URLs with the option, and none without', async () => {
    const { capabilities, createDownloadUrl } = new MemoryStorageProvider();
    expect(capabilities).toMatchObject({ downloadUrls: 'absent', uploadTickets: 'absent' });
    expect(createDownloadUrl).toBeUndefined();
    const storage = new MemoryStorageProvider({ urls });
    expect(storage.capabilities).toMatchObject({ downloadUrls: 'emulated' });
    const told = await storage.createDownloadUrl?.('a', { contentType: 'text/html' });
    expect(storage.urlSigner?.verify({ method: 'GET', url: told?.url ?? '' })).toMatchObject({
      key: 'a',
      contentType: 'text/html',
    });
  });

  it('refuses what it can’t do when the URL is signed', async () => {
    const storage = new MemoryStorageProvider({ urls });
    const context = { operation: 'createDownloadUrl', provider: 'memory', key: 'a' };
    await expect(storage.createDownloadUrl?.('a', { versionId: 'b' })).rejects.toMatchObject({
      code: 'Unsupported',
      ...context,
    });
    await storage.close();
    await expect(storage.createDownloadUrl?.('a')).rejects.toMatchObject({ code: 'Unavailable' });
  });
});

describe('an upload that was granted', () => {
  it('is stored as the grant says', async () => {
    const storage = new MemoryStorageProvider({ urls });
    const described = { contentType: 'text/x', cacheControl: 'no-store', metadata: { a: 'b' } };
    const grant = await granted(storage, { ...described, tags: { c: 'd' }, contentLength: 5 });
    const { body, options } = grantedUpload(grant, {
      body: inPieces('Hello'),
      contentType: 'text/x',
    });
    expect(await storage.upload(grant.key, body, options)).toMatchObject({ ...described, size: 5 });
    expect(await storage.tags.get(grant.key)).toEqual({ c: 'd' });
  });

  it.each([
    ['AccessDenied', { contentType: 'text/html' }],
    ['AccessDenied', {}],
    ['ChecksumMismatch', { contentType: 'text/plain', contentLength: 6 }],
  ])('is refused with %s for the headers %j', async (expected, headers) => {
    const storage = new MemoryStorageProvider({ urls });
    const grant = await granted(storage, { contentLength: 5 });
    expect(() => grantedUpload(grant, { body: 'Hello', ...headers })).toThrow(code(expected));
  });

  it('by a form is held to its sizes while it streams', async () => {
    const storage = new MemoryStorageProvider({ urls });
    const grant = await granted(storage, { type: 'post', size: { min: 2, max: 4 } });
    const upload = (text: string) => {
      const { body, options } = grantedUpload(grant, { body: inPieces(text) });
      return storage.upload(grant.key, body, options);
    };
    await expect(upload('a')).rejects.toMatchObject({ code: 'InvalidArgument' });
    await expect(upload('abcde')).rejects.toMatchObject({ code: 'TooLarge' });
    expect(await storage.exists(grant.key)).toBe(false);
    expect(await upload('ab')).toMatchObject({ size: 2, contentType: 'text/plain' });
    expect(await upload('abcd')).toMatchObject({ size: 4 });
  });

  it('is not read on once there is too much of it', async () => {
    const storage = new MemoryStorageProvider({ urls });
    const grant = await granted(storage, { type: 'post', size: { max: 10 } });
    let stopped = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(6);
      } finally {
        stopped = true;
      }
    }
    const { body, options } = grantedUpload(grant, { body: endless() });
    await expect(storage.upload(grant.key, body, options)).rejects.toMatchObject({
      code: 'TooLarge',
    });
    await expect.poll(() => stopped).toBe(true);
  });
});

it('a download that was granted is answered as the URL says, else as it is stored', async () => {
  const storage = new MemoryStorageProvider({ urls, versions: true });
  const { versionId = '' } = await storage.upload('a', 'old', { cacheControl: 'public' });
  await storage.upload('a', 'new');
  const options = { versionId, contentType: 'text/html' };
  const url = (await storage.createDownloadUrl?.('a', options))?.url ?? '';
  const grant = storage.urlSigner?.verify({ method: 'GET', url });
  if (grant?.type !== 'download') throw new Error('no grant');
  const { metadata, body } = await storage.download(grant.key, grantedDownload(grant));
  expect((await readAll(body)).toString()).toBe('old');
  expect(grantedMetadata(grant, metadata)).toEqual({ ...metadata, contentType: 'text/html' });
});
