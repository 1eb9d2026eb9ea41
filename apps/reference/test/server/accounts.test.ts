import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword, isOutdated, verifyPassword } from '../../src/server/accounts/password.js';
import { hashToken } from '../../src/server/security/token.js';
import { PASSWORD_COST, type StartedApp, startApp } from '../app.js';
import { answer, Client, refusal } from '../client.js';

let started: StartedApp;
let time = Date.parse('2026-11-23T12:00:00Z');
const DAY = 86_400_000;

beforeAll(async () => {
  started = await startApp({ clock: () => new Date(time) });
});

afterAll(() => started.close());

const whoAmI = async (client: Client) =>
  (await answer<{ user: { email: string } | null }>(client.get('/api/session'))).user?.email;

describe('passwords', () => {
  it('are kept as scrypt hashes that know their cost', async () => {
    const stored = await hashPassword('Pässwort 12', { N: 32, r: 2, p: 1 });
    expect(stored).toMatch(/^scrypt\$32\$2\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verifyPassword('Pässwort 12'.normalize('NFD'), stored)).toBe(true);
    expect(await verifyPassword('Pässwort 13', stored)).toBe(false);
    expect(await verifyPassword('', 'md5$1$1$1$x$')).toBe(false);
    expect(await verifyPassword('', 'scrypt$2$1$1$$')).toBe(false);
    expect([isOutdated(stored), isOutdated(stored, { N: 32, r: 2, p: 1 })]).toEqual([true, false]);
  });

  it('are hashed anew at a login when the cost has changed', async () => {
    const { db } = started.database;
    const password = await hashPassword(started.user.password, { N: 32, r: 2, p: 1 });
    await db
      .updateTable('users')
      .set({ password })
      .where('email', '=', started.user.email)
      .execute();
    await started.client(started.user);
    const row = await db
      .selectFrom('users')
      .select('password')
      .where('email', '=', started.user.email)
      .executeTakeFirstOrThrow();
    expect(isOutdated(row.password, PASSWORD_COST)).toBe(false);
  });
});

describe('an account', () => {
  it('is made by whoever wants one, and never as an administrator', async () => {
    const client = await started.client();
    const account = { email: ' New@Example.ORG', password: 'long enough for all' };
    expect(
      await refusal(client.post('/api/register', { ...account, name: 'N', password: 'short' })),
    ).toEqual([400, 'invalid']);
    const session = await answer<{ user: unknown; csrfToken: string }>(
      client.post('/api/register', {
        ...account,
        email: 'New@Example.ORG',
        name: 'N',
        role: 'admin',
      }),
      201,
    );
    expect(session.user).toMatchObject({ email: 'new@example.org', name: 'N', role: 'user' });
    expect(session.user).not.toHaveProperty('password');
    expect(await whoAmI(client)).toBe('new@example.org');
    const again = await started.client();
    expect(
      await refusal(
        again.post('/api/register', { ...account, email: 'NEW@example.org', name: 'N' }),
      ),
    ).toEqual([409, 'email_taken']);
  });

  it('is not told from none by a login that is refused', async () => {
    const client = await started.client();
    const bodies = [];
    for (const email of [started.user.email, 'nobody@example.org']) {
      const response = await client.post('/api/login', { email, password: 'wrong password' });
      bodies.push([response.status, await response.json()]);
    }
    expect(bodies[0]).toEqual(bodies[1]);
    expect(bodies[0]?.[0]).toBe(401);
  });

  it('can’t be used any more once it is disabled', async () => {
    const admin = await started.client(started.admin);
    const client = await started.client(started.user);
    const { items } = await answer<{ items: { id: string; email: string }[] }>(
      admin.get('/api/admin/users'),
    );
    const zoe = items.find(({ email }) => email === started.user.email);
    const ada = items.find(({ email }) => email === started.admin.email);
    await answer(admin.patch(`/api/admin/users/${zoe?.id}`, { disabled: true }));
    expect(await whoAmI(client)).toBeUndefined();
    expect(await refusal(client.post('/api/login', started.user))).toEqual([401, 'invalid_login']);
    await answer(admin.patch(`/api/admin/users/${zoe?.id}`, { disabled: false }));
    expect(await whoAmI(await started.client(started.user))).toBe(started.user.email);
    expect(await refusal(admin.patch(`/api/admin/users/${ada?.id}`, { role: 'user' }))).toEqual([
      409,
      'last_admin',
    ]);
    expect(await refusal(admin.patch(`/api/admin/users/${ada?.id}`, { disabled: true }))).toEqual([
      409,
      'last_admin',
    ]);
  });

  it('has no session while it is disabled, even one that was begun meanwhile', async () => {
    const client = await started.client(started.user);
    const disable = (disabled_at: string | null) =>
      started.database.db
        .updateTable('users')
        .set({ disabled_at })
        .where('email', '=', started.user.email)
        .execute();
    await disable(new Date().toISOString());
    expect(await whoAmI(client)).toBeUndefined();
    await disable(null);
    expect(await whoAmI(client)).toBe(started.user.email);
  });

  it('is tried so many times, and then not for a while', async () => {
    await using strict = await startApp({ rates: { logins: 3 } });
    const client = await strict.client();
    const attempt = () => client.post('/api/login', { ...strict.user, password: 'wrong' });
    for (let i = 0; i < 3; i++) expect((await attempt()).status).toBe(401);
    const refused = await attempt();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await client.post('/api/login', strict.user)).status).toBe(429);
  });
});

describe('a session', () => {
  it('is a random cookie, of which the database has the hash alone', async () => {
    const client = await started.client();
    const planted = client.cookie;
    const response = await client.post('/api/login', started.user);
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(client.cookie).not.toBe(planted);
    const id = client.cookie.slice('session='.length);
    const rows = await started.database.db.selectFrom('sessions').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(id);
    expect(rows.some(({ id_hash }) => id_hash === hashToken(id))).toBe(true);
    const thief = new Client(started.origin);
    thief.cookie = planted;
    expect(await whoAmI(thief)).toBeUndefined();
  });

  it('is sent over HTTPS alone where there is HTTPS', async () => {
    await using secure = await startApp({ publicUrl: 'https://files.example.org' });
    const response = await fetch(`${secure.origin}/api/session`);
    expect(response.headers.getSetCookie()[0]).toMatch(/; Secure/);
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  it('ends with the logout, on the server too', async () => {
    const client = await started.client(started.user);
    const before = client.cookie;
    await answer(client.post('/api/logout'));
    expect(await whoAmI(client)).toBeUndefined();
    client.cookie = before;
    expect(await whoAmI(client)).toBeUndefined();
  });

  it('lives on while it is used, and no longer than thirty days', async () => {
    const client = await started.client(started.user);
    for (let day = 0; day < 28; day += 4) {
      expect(await whoAmI(client), `day ${day}`).toBe(started.user.email);
      time += 4 * DAY;
    }
    expect(await whoAmI(client)).toBe(started.user.email);
    time += 3 * DAY;
    expect(await whoAmI(client)).toBeUndefined();
    const idle = await started.client(started.user);
    time += 8 * DAY;
    expect(await whoAmI(idle)).toBeUndefined();
  });
});
