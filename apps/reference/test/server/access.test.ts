import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sessions } from '../../src/server/accounts/sessions.js';
import { guardRoutes } from '../../src/server/security/access.js';
import { loggedUrl } from '../../src/server/security/redaction.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client, refusal } from '../client.js';

let started: StartedApp;
let zoe: Client;

beforeAll(async () => {
  started = await startApp({ metricsToken: 'a token for the metrics' });
  zoe = await started.client(started.user);
});

afterAll(() => started.close());

const PUBLIC = [
  'GET /api/session',
  'POST /api/register',
  'POST /api/login',
  'POST /api/logout',
  'GET /files/:id/thumbnail',
  'GET /files/:id/:name',
  'GET *', // below /uploads/, which is not printed
  'GET /api/s/:token',
  'GET /s/:token/content',
  'GET /healthz',
  'GET /readyz',
];

/** Every route that there is, but HEAD. */
function routes(): string[] {
  const lines = started.app.printRoutes({ commonPrefix: false }).split('\n');
  const path: string[] = [];
  return lines.flatMap((line) => {
    const [, indent = '', segment = '', methods = ''] =
      /^([│ ├└─]*)(\S+)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
    if (segment === '') return [];
    path.length = indent.length / 4 - 1;
    path.push(segment);
    const url = path.join('').replaceAll('//', '/');
    return methods
      .split(', ')
      .filter((method) => method !== '' && method !== 'HEAD')
      .map((method) => `${method} ${url}`);
  });
}

describe('a route', () => {
  it('that does not say who may call it ends the start', () => {
    const app = Fastify();
    const sessions = new Sessions(started.database.db, () => new Date(), 'secret');
    guardRoutes(app, { sessions, publicUrl: () => started.origin });
    expect(() => app.get('/open', async () => 'x')).toThrow(
      'GET /open does not say who may call it',
    );
    expect(() =>
      app.get('/typo', { config: { access: 'users' as 'user' } }, async () => 'x'),
    ).toThrow();
    expect(() => app.get('/fine', { config: { access: 'user' } }, async () => 'x')).not.toThrow();
  });

  it('is closed to those who are not logged in, but for a few', async () => {
    const nobody = await started.client();
    const all = routes();
    expect(all.length).toBeGreaterThan(35);
    const closed = all.filter((route) => !PUBLIC.includes(route));
    for (const route of closed) {
      const [method = '', path = ''] = route.split(' ');
      const response = await nobody.send(path.replaceAll(/:\w+|\*/g, 'x'), { method });
      expect(response.status, route).toBe(401);
    }
    expect(all.filter((route) => PUBLIC.includes(route)).sort()).toEqual([...PUBLIC].sort());
  });

  it('of administrators is closed to users', async () => {
    const guarded = routes().filter((route) => /\/admin|\/metrics/.test(route));
    expect(guarded.length).toBeGreaterThan(9);
    for (const route of guarded) {
      const [method = '', path = ''] = route.split(' ');
      expect((await zoe.send(path.replace(/:\w+/, 'x'), { method })).status, route).toBe(403);
    }
  });
});

describe('a request that changes something', () => {
  const post = (headers: Record<string, string>) =>
    zoe.send('/api/folders', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ path: 'x' }),
    });

  it('has to have the token of its session', async () => {
    expect((await post({})).status).toBe(201);
    expect(await refusal(post({ 'x-csrf-token': '' }))).toEqual([403, 'csrf']);
    const other = await started.client(started.user);
    expect(await refusal(post({ 'x-csrf-token': other.csrfToken }))).toEqual([403, 'csrf']);
  });

  it('has to come from a page of ours', async () => {
    expect((await post({ origin: started.origin })).status).toBe(201);
    expect(await refusal(post({ origin: 'https://evil.example' }))).toEqual([403, 'csrf']);
    expect(await refusal(post({ origin: 'null' }))).toEqual([403, 'csrf']);
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'sec-fetch-site': site };
      const response = await started.app.inject({
        method: 'POST',
        url: '/api/folders',
        payload: { path: 'x' },
        headers: { ...headers, cookie: zoe.cookie, 'x-csrf-token': zoe.csrfToken },
      });
      expect(response.statusCode, site).toBe(403);
    }
  });

  it('is refused without a session, the login included', async () => {
    const response = await fetch(`${started.origin}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(started.user),
    });
    expect(response.status).toBe(403);
  });
});

describe('an answer', () => {
  it('has the headers that keep it from being misused', async () => {
    for (const path of ['/api/session', '/nowhere', '/healthz']) {
      const { headers } = await zoe.get(path);
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
      expect(headers.get('referrer-policy'), path).toBe('same-origin');
    }
  });

  it('that is an error tells nothing of the inside', async () => {
    const { db } = started.database;
    await db.schema.alterTable('folders').renameTo('elsewhere').execute();
    try {
      const response = await zoe.post('/api/folders', { path: 'x' });
      expect(response.status).toBe(500);
      expect(await response.text()).not.toMatch(/sql|folders|elsewhere/i);
    } finally {
      await db.schema.alterTable('elsewhere').renameTo('folders').execute();
    }
    const broken = await zoe.send('/api/folders', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect([broken.status, await broken.json()]).toMatchObject([
      400,
      { error: { code: 'invalid' } },
    ]);
    const large = await zoe.post('/api/folders', { path: 'x'.repeat(300_000) });
    expect([large.status, await large.json()]).toMatchObject([
      413,
      { error: { code: 'too_large' } },
    ]);
  });

  it('of the metrics is for administrators, and for those with the token', async () => {
    const nobody = await started.client();
    const admin = await started.client(started.admin);
    const authorization = (token: string) => ({ authorization: `Bearer ${token}` });
    expect((await nobody.get('/metrics', authorization('a token for the metricz'))).status).toBe(
      401,
    );
    const metrics = await nobody.get('/metrics', authorization('a token for the metrics'));
    expect([metrics.status, (await admin.get('/metrics')).status]).toEqual([200, 200]);
    expect(await metrics.text()).toContain('storage_operations_total');
  });

  it('says whether the application is alive and can serve', async () => {
    const nobody = await started.client();
    expect(await answer(nobody.get('/healthz'))).toEqual({ status: 'ok' });
    expect(await answer(nobody.get('/readyz'))).toEqual({ status: 'ok' });
  });
});

describe('a log', () => {
  it('has no tokens', () => {
    expect(loggedUrl('/s/abc.def/content?download')).toBe('/s/[token]/content');
    expect(loggedUrl('/api/s/abc.def')).toBe('/api/s/[token]');
    expect(loggedUrl('/api/tus/u.1?x=secret')).toBe('/api/tus/[upload]');
    expect(loggedUrl('/api/files?query=secret')).toBe('/api/files');
  });
});
