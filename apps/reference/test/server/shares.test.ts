import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client, refusal } from '../client.js';

interface Share {
  readonly id: string;
  readonly url: string;
  readonly expiresAt: string;
  readonly downloads: number;
}

let time = Date.parse('2026-11-23T12:00:00Z');
let started: StartedApp;
let zoe: Client;
let file: FileView;

beforeAll(async () => {
  started = await startApp({ clock: () => new Date(time) });
  zoe = await started.client(started.user);
  const { files } = await answer<{ files: FileView[] }>(
    zoe.upload({ 'shared.html': '<b>Hi</b>' }),
    201,
  );
  const [first] = files;
  if (first === undefined) throw new Error('it was rejected');
  file = first;
});

afterAll(() => started.close());

async function share(expiresIn = 3600): Promise<Share & { token: string }> {
  const made = await answer<Share>(zoe.post(`/api/files/${file.id}/shares`, { expiresIn }), 201);
  return { ...made, token: made.url.slice(`${started.origin}/s/`.length) };
}

const shares = async () =>
  (await answer<{ items: Share[] }>(zoe.get(`/api/files/${file.id}/shares`))).items;

describe('a link', () => {
  it('shows a file to whoever has it, as one to be saved', async () => {
    const { id, token, expiresAt } = await share();
    expect(expiresAt).toBe('2026-11-23T13:00:00.000Z');
    const nobody = await started.client();
    expect(await answer(nobody.get(`/api/s/${token}`))).toEqual({
      ...{ name: 'shared.html', size: 9, contentType: 'text/html', expiresAt },
    });
    const content = await nobody.get(`/s/${token}/content`);
    expect(await content.text()).toBe('<b>Hi</b>');
    expect(content.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(content.headers.get('content-security-policy')).toMatch(/sandbox/);
    expect((await nobody.get(file.url)).status).toBe(404);
    expect(await shares()).toMatchObject([{ id, url: null, downloads: 1 }]);
  });

  it('is known to the database by a hash alone', async () => {
    const { token } = await share();
    const [, secret = ''] = token.split('.');
    const rows = await started.database.db.selectFrom('shares').selectAll().execute();
    const log = await started.database.db.selectFrom('audit_log').selectAll().execute();
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify([rows, log])).not.toContain(secret);
  });

  it('that was changed, revoked or has expired leads nowhere', async () => {
    const nobody = await started.client();
    const leads = async (token: string) => (await nobody.get(`/api/s/${token}`)).status;
    const [a, b] = [await share(), await share(60)];
    const [id = '', secret = ''] = a.token.split('.');
    const [other = ''] = b.token.split('.');
    expect(await leads(a.token)).toBe(200);
    for (const wrong of [`${id}.`, id, `${id}.${secret.slice(1)}`, `${other}.${secret}`, '.', 'x'])
      expect(await leads(wrong), wrong).toBe(404);
    expect((await zoe.delete(`/api/shares/${id}`)).status).toBe(204);
    expect(await leads(a.token)).toBe(404);
    expect(await leads(b.token)).toBe(200);
    time += 61_000;
    expect([await leads(b.token), (await nobody.get(`/s/${b.token}/content`)).status]).toEqual([
      404, 404,
    ]);
    const admin = await started.client(started.admin);
    expect(await answer(admin.post('/api/admin/jobs/expired-shares/run'))).toMatchObject({
      detail: '1 removed',
    });
  });

  it('is made and seen by those alone who may change the file', async () => {
    await answer(zoe.patch(`/api/files/${file.id}`, { visibility: 'public' }));
    const client = await started.client();
    const account = { email: 'x@example.org', name: 'X', password: 'long enough for all' };
    const session = await answer<{ csrfToken: string }>(client.post('/api/register', account), 201);
    client.csrfToken = session.csrfToken;
    const { id } = await share();
    expect(await refusal(client.post(`/api/files/${file.id}/shares`, { expiresIn: 60 }))).toEqual([
      403,
      'forbidden',
    ]);
    expect(await refusal(client.get(`/api/files/${file.id}/shares`))).toEqual([403, 'forbidden']);
    expect(await refusal(client.delete(`/api/shares/${id}`))).toEqual([403, 'forbidden']);
    expect(await refusal(zoe.post(`/api/files/${file.id}/shares`, { expiresIn: 1 }))).toEqual([
      400,
      'invalid',
    ]);
  });

  it('goes with its file', async () => {
    const { token } = await share();
    await zoe.delete(`/api/files/${file.id}`);
    const nobody = await started.client();
    expect((await nobody.get(`/s/${token}/content`)).status).toBe(404);
    expect(await started.database.db.selectFrom('shares').selectAll().execute()).toEqual([]);
  });
});
