import { MemoryStorageProvider } from '@org/storage-core';
import { expect, it } from 'vitest';
import { begun, patch, type Sent, type TusSite, tus, tusSite } from './tus-site.js';

const open = () => tusSite(new MemoryStorageProvider(), {}, { maxSize: 1000 });

const headersOf = ({ headers }: Sent, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, headers.get(name)]));

/** https://tus.io/protocols/resumable-upload#options */
it('OPTIONS tells version, extensions and the largest size', async () => {
  const { url } = await open();
  const answer = await tus(url, 'OPTIONS');
  expect(answer.status).toBe(204);
  expect(
    headersOf(answer, 'tus-resumable', 'tus-version', 'tus-extension', 'tus-max-size'),
  ).toEqual({
    'tus-resumable': '1.0.0',
    'tus-version': '1.0.0',
    'tus-extension': 'creation,creation-with-upload,creation-defer-length,termination,expiration',
    'tus-max-size': '1000',
  });
});

/** https://tus.io/protocols/resumable-upload#creation */
it('POST begins an upload, and tells where it is and when it expires', async () => {
  const { url } = await open();
  const answer = await tus(url, 'POST', { 'upload-length': '10' });
  expect(answer.status).toBe(201);
  expect(answer.headers.get('location')).toMatch(/^\/tus\/[0-9a-f]{32}$/);
  expect(answer.headers.get('tus-resumable')).toBe('1.0.0');
  expect(Date.parse(answer.headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now());
});

it('POST takes the first bytes with it', async () => {
  const { url } = await open();
  const type = { 'content-type': 'application/offset+octet-stream' };
  const answer = await tus(url, 'POST', { 'upload-length': '10', ...type }, 'hello');
  expect(answer.status).toBe(201);
  expect(answer.headers.get('upload-offset')).toBe('5');
});

it.each<[string, Record<string, string>, number]>([
  ['no length', {}, 400],
  ['a length and none at once', { 'upload-length': '1', 'upload-defer-length': '1' }, 400],
  ['a length that is none', { 'upload-length': '-1' }, 400],
  ['a length beyond the largest size', { 'upload-length': '1001' }, 413],
  ['metadata that are none', { 'upload-length': '1', 'upload-metadata': 'a b c' }, 400],
  ['concatenation', { 'upload-length': '1', 'upload-concat': 'partial' }, 501],
  ['another version', { 'upload-length': '1', 'tus-resumable': '0.2.2' }, 400],
])('POST with %s is refused', async (_, headers, status) => {
  const { url } = await open();
  const answer = await tus(url, 'POST', headers);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('tus-resumable')).toBe('1.0.0');
});

async function half(site: TusSite): Promise<string> {
  const url = await begun(site, 10, { filename: 'Ä.txt', empty: '' });
  await patch(url, 0, 'hello');
  return url;
}

/** https://tus.io/protocols/resumable-upload#head */
it('HEAD tells offset, length and metadata, and is not cached', async () => {
  const site = await open();
  const answer = await tus(await half(site), 'HEAD');
  expect(answer.status).toBe(200);
  expect(
    headersOf(answer, 'upload-offset', 'upload-length', 'cache-control', 'upload-metadata'),
  ).toEqual({
    'upload-offset': '5',
    'upload-length': '10',
    'cache-control': 'no-store',
    'upload-metadata': `filename ${Buffer.from('Ä.txt').toString('base64')},empty`,
  });
});

it('a length that comes later is unknown until then', async () => {
  const { url } = await open();
  const { headers } = await tus(url, 'POST', { 'upload-defer-length': '1' });
  const location = new URL(headers.get('location') ?? '', url).href;
  const before = await tus(location, 'HEAD');
  expect(headersOf(before, 'upload-length', 'upload-defer-length')).toEqual({
    'upload-length': null,
    'upload-defer-length': '1',
  });
  const type = { 'content-type': 'application/offset+octet-stream' };
  const told = { 'upload-offset': '0', 'upload-length': '5', ...type };
  expect((await tus(location, 'PATCH', told, 'hello')).status).toBe(204);
  const after = await tus(location, 'HEAD');
  expect(headersOf(after, 'upload-length', 'upload-offset')).toEqual({
    'upload-length': '5',
    'upload-offset': '5',
  });
});

/** https://tus.io/protocols/resumable-upload#patch */
it('PATCH takes bytes, and tells the new offset', async () => {
  const site = await open();
  const url = await half(site);
  const answer = await patch(url, 5, 'wor');
  expect(answer.status).toBe(204);
  expect(answer.headers.get('upload-offset')).toBe('8');
  expect(answer.headers.get('upload-expires')).not.toBeNull();
  const last = await patch(url, 8, 'ld');
  expect(last.headers.get('upload-offset')).toBe('10');
  expect(last.headers.get('upload-expires')).toBeNull();
});

it.each<[string, Record<string, string>, number]>([
  ['no offset', { 'upload-offset': '' }, 400],
  ['another offset', { 'upload-offset': '4' }, 409],
  ['another content type', { 'content-type': 'text/plain' }, 400],
  ['no version', { 'tus-resumable': '' }, 412],
])('PATCH with %s is refused, and changes nothing', async (_, changed, status) => {
  const site = await open();
  const url = await half(site);
  const headers = { 'upload-offset': '5', 'content-type': 'application/offset+octet-stream' };
  expect((await tus(url, 'PATCH', { ...headers, ...changed }, 'x')).status).toBe(status);
  expect((await tus(url, 'HEAD')).headers.get('upload-offset')).toBe('5');
});

/** https://tus.io/protocols/resumable-upload#termination */
it('DELETE ends an upload', async () => {
  const site = await open();
  const url = await half(site);
  expect((await tus(url, 'DELETE')).status).toBe(204);
  for (const method of ['HEAD', 'DELETE']) expect((await tus(url, method)).status).toBe(404);
  expect((await patch(url, 5, 'world')).status).toBe(404);
});
