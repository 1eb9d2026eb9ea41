import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { downloadHandler, keyBelow, nodeListener } from '../../src/index.js';
import { request } from '../request.js';
import { type Served, sendRaw, serve } from '../serve.js';

let directory: string;
let storage: LocalStorageProvider;
let server: Served;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paths-'));
  const root = join(directory, 'root');
  await mkdir(join(root, 'private'), { recursive: true });
  await writeFile(join(directory, 'outside.txt'), 'SECRET');
  await writeFile(join(root, 'private', 'file.txt'), 'SECRET');
  await writeFile(join(root, 'file.txt'), 'public');
  await writeFile(join(root, 'a%2fb .txt'), 'odd');
  await symlink(join(directory, 'outside.txt'), join(root, 'link.txt'));
  storage = new LocalStorageProvider({ root });
  await storage.upload('with-metadata.txt', 'x', { metadata: { a: 'SECRET' } }); // so that there is a `.storage`
  const files = downloadHandler({
    storage,
    key: keyBelow('/files/'),
    authorize: (_, key) => !key.startsWith('private/'),
  });
  server = await serve(nodeListener(files));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await storage.close();
  await rm(directory, { recursive: true, force: true });
});

describe('a path that would lead elsewhere', () => {
  test.each([
    '/files/../outside.txt',
    '/files/%2e%2e/outside.txt',
    '/files/..%2foutside.txt',
    '/files/..%2Foutside.txt',
    '/files/%2e%2e%2foutside.txt',
    '/files/x/../../outside.txt',
    '/files/..%5coutside.txt',
    '/files/..\\outside.txt',
    '/files/..;/outside.txt',
    '/files/%c0%ae%c0%ae/outside.txt',
    '/files/%252e%252e%252foutside.txt',
    '/files/..%00/outside.txt',
    '/files/file.txt%00.png',
    '/files/%00',
    '/files/%',
    '/files/%zz',
    '/files/%ff',
    '/files//etc/passwd',
    '/files/%2fetc%2fpasswd',
    '/files/./outside.txt',
    '/files/',
    '/files',
    '/',
    '//files/file.txt',
    '/Files/file.txt',
    '/files/file.txt/',
    '/files/file.txt/x',
    '/files/private',
    '/files/link.txt',
    '/files/.storage',
    '/files/.storage/x',
    '/files/x/../private/file.txt',
    '/files/private/file.txt',
    '/files/private%2ffile.txt',
    '/files//private/file.txt',
    '/files/%70rivate/file.txt',
    '/files/./private/./file.txt',
    '/files/private\\file.txt',
    `/files/${'a'.repeat(5_000)}`,
    `/files/${'a/'.repeat(600)}a`,
    `/files/${'%C3%BC'.repeat(600)}`,
    `/files/${'x'.repeat(300)}/file.txt`,
    'http://evil.example/files/../outside.txt',
    'file:///etc/passwd',
  ])('%s gives nothing of it', async (target) => {
    const { status, body } = await sendRaw(server.port, [`GET ${target} HTTP/1.1`, 'Host: a']);
    expect([403, 404]).toContain(status);
    expect(body.toString()).not.toContain('SECRET');
    expect(body.toString()).not.toContain(directory);
  });

  test('an overlong one is refused before it is looked at', async () => {
    const target = `/files/${'a'.repeat(100_000)}`;
    const { status } = await sendRaw(server.port, [`GET ${target} HTTP/1.1`, 'Host: a']);
    expect(status).toBe(431);
  });
});

test.each([
  ['/files/file.txt', 'public'],
  ['/files/%66ile.txt', 'public'],
  ['/files/a%252fb%20.txt', 'odd'],
  ['http://evil.example/files/file.txt', 'public'],
])('%s is a file', async (target, content) => {
  const lines = [`GET ${target} HTTP/1.1`, 'Host: metadata.internal'];
  const { status, body } = await sendRaw(server.port, lines);
  expect([status, body.toString()]).toEqual([200, content]);
});

test('two lengths, or a length and chunks, are no request', async () => {
  for (const lines of [
    ['Content-Length: 1', 'Content-Length: 2'],
    ['Content-Length: 1', 'Transfer-Encoding: chunked'],
  ]) {
    const head = ['GET /files/file.txt HTTP/1.1', 'Host: a', ...lines];
    expect((await sendRaw(server.port, head, Buffer.from('x'))).status).toBe(400);
  }
});

test('keys from paths are what was encoded', () => {
  const key = (path: string) => keyBelow('/f/')(request(path));
  expect(key('/f/a/%C3%9C%20b%25.txt')).toBe('a/Ü b%.txt');
  expect(key('/f/a%5Cb')).toBe('a\\b');
  expect(key('/f/a?b#c')).toBe('a');
  expect(key('/f/a%3Fb%23c')).toBe('a?b#c');
  expect(key('/g/a')).toBeUndefined();
  expect(key('/f/a%2Fb')).toBeUndefined();
  expect(key('/f/a%2fb')).toBeUndefined();
});
