import { describe, expect, test } from 'vitest';
import { redirectHandler } from '../../src/index.js';
import { request } from '../request.js';

describe('old URLs', () => {
  test('lead to where the file is now', async () => {
    const seen: string[] = [];
    const handler = redirectHandler({
      to: async (path) => {
        seen.push(path);
        return path === 'uploads/2020/Ü b.pdf' ? '/files/7/%C3%9C%20b.pdf?a=b#c' : undefined;
      },
    });
    const moved = await handler(request('/uploads/2020/%C3%9C%20b.pdf?old'));
    expect(moved).toMatchObject({
      status: 301,
      headers: { location: '/files/7/%C3%9C%20b.pdf?a=b#c', 'cache-control': 'private, no-cache' },
    });
    expect((await handler(request('/uploads/other'))).status).toBe(404);
    expect(seen).toEqual(['uploads/2020/Ü b.pdf', 'uploads/other']);
    const post = await handler(request('/uploads/other', { method: 'POST' }));
    expect(post).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  test('with the status and the caching that were asked for', async () => {
    const handler = redirectHandler({ to: () => '/x', status: 308, cacheControl: 'max-age=60' });
    const headers = { location: '/x', 'cache-control': 'max-age=60' };
    expect(await handler(request('/a', { method: 'HEAD' }))).toMatchObject({
      status: 308,
      headers,
    });
  });
});

describe('a target that leads elsewhere is not followed', () => {
  test.each([
    'https://evil.example/x',
    '//evil.example/x',
    '///evil.example/x',
    '/\\evil.example/x',
    '\\\\evil.example/x',
    '/\t/evil.example/x',
    '/\n/evil.example',
    '/a/..//evil.example',
    '/./\\evil.example',
    '/%2e%2e//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'evil.example',
    'x',
    '',
    'http://here.invalid/x',
    'http://[',
  ])('%j', async (target) => {
    const answer = await redirectHandler({ to: () => target })(request('/a'));
    expect(answer.status).toBe(404);
    expect(answer.headers['location']).toBeUndefined();
  });

  test.each([
    '//evil.example/x',
    '/%5Cevil.example/x',
    '/%2Fevil.example/x',
    '/%2F%2Fevil.example',
    '/x%0d%0aset-cookie:%20a=b',
  ])('one that is made of the path %s', async (path) => {
    const answer = await redirectHandler({ to: (old) => `/${old}` })(request(path));
    const location = String(answer.headers['location'] ?? '/');
    expect(new URL(location, 'https://site.example').origin).toBe('https://site.example');
    expect(location).toMatch(/^\/(?![/\\])|^\/$/);
    expect(location).not.toMatch(/[\r\n]/);
  });

  test('but to the sites that were named', async () => {
    const origins = ['https://files.example'];
    const to = (target: string) => redirectHandler({ to: () => target, origins })(request('/a'));
    expect((await to('https://files.example/x')).headers['location']).toBe(
      'https://files.example/x',
    );
    expect((await to('https://files.example.evil.example/x')).status).toBe(404);
    expect((await to('https://files.example@evil.example/x')).status).toBe(404);
    expect((await to('http://files.example/x')).status).toBe(404);
  });
});
