import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client } from '../client.js';

let started: StartedApp;
let zoe: Client;
let time = Date.now();

beforeAll(async () => {
  started = await startApp({
    clock: () => new Date(time),
    uploads: { maxBytes: 1_000_000, types: ['text/plain', 'application/octet-stream'] },
  });
  zoe = await started.client(started.user);
});

afterAll(() => started.close());

const VERSION = { 'tus-resumable': '1.0.0' };

const encoded = (metadata: Record<string, string>) =>
  Object.entries(metadata)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');

const create = (size: number, metadata: Record<string, string>, client = zoe) =>
  client.send('/api/tus', {
    method: 'POST',
    headers: { ...VERSION, 'upload-length': String(size), 'upload-metadata': encoded(metadata) },
  });

const patch = (
  location: string,
  offset: number,
  body: string | Uint8Array<ArrayBuffer>,
  client = zoe,
) =>
  client.send(location, {
    method: 'PATCH',
    headers: {
      ...VERSION,
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
    },
    body,
  });

async function begun(size: number, metadata: Record<string, string>): Promise<string> {
  const response = await create(size, metadata);
  expect(response.status, await response.clone().text()).toBe(201);
  return response.headers.get('location') ?? '';
}

const unfinished = () => started.database.db.selectFrom('unfinished_files').selectAll().execute();

describe('an upload in pieces', () => {
  it('is a file when its last byte is there', async () => {
    const content = randomBytes(500_000);
    const location = await begun(content.byteLength, {
      filename: 'Größe.bin',
      folder: 'tus',
      visibility: 'public',
    });
    expect(location).toMatch(/^\/api\/tus\/[\w-]+$/);
    const first = await patch(location, 0, Uint8Array.from(content.subarray(0, 200_000)));
    expect([first.status, first.headers.get('x-file-id')]).toEqual([204, null]);
    const head = await zoe.send(location, { method: 'HEAD', headers: VERSION });
    expect(head.headers.get('upload-offset')).toBe('200000');
    const last = await patch(location, 200_000, Uint8Array.from(content.subarray(200_000)));
    expect(last.status).toBe(204);
    const id = last.headers.get('x-file-id');
    const file = await answer<FileView>(zoe.get(`/api/files/${id}`));
    expect(file).toMatchObject({
      name: 'Größe.bin',
      folder: 'tus',
      size: 500_000,
      visibility: 'public',
    });
    expect(Buffer.from(await (await zoe.get(file.url)).arrayBuffer()).equals(content)).toBe(true);
    expect(await unfinished()).toEqual([]);
    const log = await started.database.db
      .selectFrom('audit_log')
      .select('actor')
      .where('action', '=', 'file.upload')
      .where('subject', '=', id ?? '')
      .execute();
    expect(log).toEqual([{ actor: started.user.email }]);
  });

  it('is the affair of whoever has begun it', async () => {
    const location = await begun(5, { filename: 'a.txt' });
    const admin = await started.client(started.admin);
    expect((await patch(location, 0, 'Hello', admin)).status).toBe(404);
    expect((await admin.send(location, { method: 'HEAD', headers: VERSION })).status).toBe(404);
    expect((await admin.send(location, { method: 'DELETE', headers: VERSION })).status).toBe(404);
    expect((await patch(location, 0, 'Hello')).status).toBe(204);
  });

  it('is refused before it begins: too large, or into no folder', async () => {
    expect((await create(2_000_000, { filename: 'a.txt' })).status).toBe(413);
    const refused = await create(5, { filename: 'a.txt', folder: '../x' });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { code: 'invalid' } },
    ]);
    const noToken = await zoe.send('/api/tus', {
      method: 'POST',
      headers: { ...VERSION, 'x-csrf-token': 'x', 'upload-length': '1' },
    });
    expect(noToken.status).toBe(403);
  });

  it('of content that is not taken is no file', async () => {
    const content = '%PDF-1.7\n%âãÏÓ\n1 0 obj';
    const location = await begun(Buffer.byteLength(content), { filename: 'a.txt' });
    const response = await patch(location, 0, content);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.get('x-file-id')).toBeNull();
    const { items } = await answer<{ items: FileView[] }>(zoe.get('/api/files?query=a.pdf'));
    expect(items).toEqual([]);
  });

  it('that nobody ends is removed by a job', async () => {
    const admin = await started.client(started.admin);
    await begun(5, { filename: 'never.txt', folder: '', visibility: '' });
    time += 60_000;
    const { detail } = await answer<{ detail: string }>(
      admin.post('/api/admin/jobs/expired-uploads/run'),
    );
    expect(detail).toMatch(/^\d+ removed$/);
  });
});
