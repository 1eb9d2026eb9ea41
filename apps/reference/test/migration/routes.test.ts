import { afterEach, expect, it } from 'vitest';
import type { MigrationState } from '../../src/server/migration/state.js';
import { type StartedApp, startApp } from '../app.js';
import type { Client } from '../client.js';
import { Lab } from './lab.js';

const BASE = '/api/admin/migration';

let lab: Lab;
let app: StartedApp;
afterEach(async () => {
  await app.close();
  await lab.close();
});

async function start(): Promise<Client> {
  lab = await Lab.open({ 'one.txt': 'one' });
  const { storage, service } = await lab.start();
  app = await startApp({ storage, migration: service });
  return app.client(app.admin);
}

/** Events of a stream, one by one. */
async function* eventsOf(answer: Response): AsyncGenerator<MigrationState, void, undefined> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const [, data] = /^event: state\ndata: (.+)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (data !== undefined) yield JSON.parse(data) as MigrationState;
    }
  }
}

it('is for administrators alone, and tells what can’t be done and why', async () => {
  const admin = await start();
  const user = await app.client(app.user);
  const stranger = await app.client();
  for (const path of [BASE, `${BASE}/events`]) {
    expect((await user.get(path)).status).toBe(403);
    expect((await stranger.get(path)).status).toBe(401);
  }
  expect((await user.post(`${BASE}/start`)).status).toBe(403);

  const answer = await admin.get(BASE);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const state = (await answer.json()) as MigrationState;
  expect(state.mode).toMatchObject({ wanted: 'source', reached: true });

  const refused = await admin.post(`${BASE}/start`);
  expect(refused.status).toBe(409);
  expect(await refused.json()).toEqual({
    error: { code: 'refused', message: state.actions.start },
  });
  for (const [path, body] of [
    ['limits', { concurrency: 0 }],
    ['limits', { speed: 1 }],
    ['mode', { mode: 'elsewhere' }],
    ['retry', { keys: [] }],
  ] as const)
    expect((await admin.post(`${BASE}/${path}`, body)).status).toBe(400);
});

it('writes each action into the audit log, done or refused', async () => {
  const admin = await start();
  expect((await admin.post(`${BASE}/mode`, { mode: 'prepare' })).status).toBe(200);
  expect((await admin.post(`${BASE}/cutover`)).status).toBe(409);
  const { items } = (await (await admin.get('/api/admin/audit')).json()) as {
    items: { action: string; actor: string; detail: Record<string, unknown> }[];
  };
  expect(items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        action: 'migration.mode',
        actor: app.admin.email,
        detail: { outcome: 'accepted', mode: 'prepare' },
      }),
      expect.objectContaining({
        action: 'migration.cutover',
        detail: expect.objectContaining({ outcome: 'refused' }),
      }),
    ]),
  );
});

it('tells the state as it goes on, and ends with the application', async () => {
  const admin = await start();
  const answer = await admin.get(`${BASE}/events`, { accept: 'text/event-stream' });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const events = eventsOf(answer);
  const first = await events.next();
  expect(first.value?.mode.wanted).toBe('source');
  await admin.post(`${BASE}/mode`, { mode: 'prepare' });
  const seen: (string | undefined)[] = [];
  while (seen.at(-1) !== 'prepare') seen.push((await events.next()).value?.mode.wanted);
  const closing = app.close();
  while (!(await events.next()).done);
  await closing;
});
