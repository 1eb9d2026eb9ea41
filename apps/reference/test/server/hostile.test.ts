import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { LocalStorageProvider } from '@org/storage-local';
import { type Postgres, startPostgres } from '@org/storage-testkit/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client, refusal } from '../client.js';

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.stop());

const ELSEWHERE = [
  ...['..', '../..', '../outside.txt', '../../etc/passwd', '..\\outside.txt', './outside.txt'],
  ...['%2e%2e/outside.txt', '..%2foutside.txt', '..%2Foutside.txt', '%2e%2e%2foutside.txt'],
  ...['..%5coutside.txt', '..%5Coutside.txt', '%252e%252e%252foutside.txt', '..;/outside.txt'],
  ...['%c0%ae%c0%ae/outside.txt', '%e0%80%ae./outside.txt', '..%00/outside.txt', 'a.txt%00.png'],
  ...['%00', '%', '%zz', '%ff', '%2fetc%2fpasswd', '/etc/passwd', 'link.txt', '.storage', '.'],
  ...['%0d%0aset-cookie:%20a=b', 'x/../../outside.txt', '.storage/x', `${'a/'.repeat(700)}a`],
];

/** With a place for what a client names. */
const ROUTES = [
  ...['GET /uploads/*', 'GET /assets/*', 'GET /files/*', 'GET /files/*/name', 'GET /s/*/content'],
  ...['GET /files/*/thumbnail', 'GET /api/s/*', 'GET /api/files/*', 'PATCH /api/files/*'],
  ...['DELETE /api/files/*', 'GET /api/files/*/shares', 'POST /api/files/*/shares'],
  ...['DELETE /api/shares/*', 'HEAD /api/tus/*', 'PATCH /api/tus/*', 'DELETE /api/tus/*'],
  ...['GET /api/direct/*', 'POST /api/direct/*/complete', 'DELETE /api/direct/*'],
  ...['GET /api/files?folder=*', 'DELETE /api/folders?path=*', 'GET /api/files?query=*'],
  ...['GET /api/files?type=*', 'GET /api/files?cursor=*'],
  ...['PATCH /api/admin/users/*', 'POST /api/admin/jobs/*/run', 'GET /api/admin/audit?actor=*'],
  ...['GET /api/admin/audit?action=*', 'GET /api/admin/files?owner=*'],
];

const kinds = [
  ['SQLite', () => undefined],
  ['PostgreSQL', () => postgres.url],
] as const;

describe.each(kinds)('on %s', (kind, database) => {
  let directory: string;
  let storage: LocalStorageProvider;
  let started: StartedApp;
  let admin: Client;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reference-hostile-'));
    const [root, webRoot] = [join(directory, 'files'), join(directory, 'web')];
    await mkdir(root);
    await mkdir(join(webRoot, 'assets'), { recursive: true });
    await writeFile(join(directory, 'outside.txt'), 'SECRET');
    await writeFile(join(webRoot, 'index.html'), '<title>Files</title>');
    await symlink(join(directory, 'outside.txt'), join(root, 'link.txt'));
    await symlink(join(directory, 'outside.txt'), join(webRoot, 'assets', 'link.txt'));
    storage = new LocalStorageProvider({ root });
    const url = database();
    started = await startApp({ storage, webRoot, ...(url === undefined ? {} : { database: url }) });
    admin = await started.client(started.admin);
  });

  afterAll(async () => {
    await started.close();
    await storage.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function legacyRow(id: string, path: string, name: string): Promise<void> {
    const { db } = started.database;
    const { id: owner_id } = await db
      .selectFrom('users')
      .select('id')
      .where('email', '=', started.admin.email)
      .executeTakeFirstOrThrow();
    const row = { id, path, name, owner_id, folder: '', visibility: 'public' as const };
    const uploaded_at = '2020-01-01T00:00:00.000Z';
    await db
      .insertInto('files')
      .values({ ...row, uploaded_at })
      .execute();
  }

  /** As it is written, with nothing tidied. */
  async function sendRaw(request: string, client: Client, body = ''): Promise<string> {
    const { hostname, port } = new URL(started.origin);
    const socket = connect(Number(port), hostname);
    const credentials = `Cookie: ${client.cookie}\r\nX-CSRF-Token: ${client.csrfToken}`;
    socket.write(`${request}\r\n${credentials}\r\nConnection: close\r\n\r\n${body}`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    return Buffer.concat(chunks).toString('latin1');
  }

  it.each(ROUTES)('a path that would lead elsewhere leads nowhere: %s', async (route) => {
    const [method, path = ''] = route.split(' ');
    const tus = /tus/.test(path) ? '\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0' : '';
    const length = method === 'GET' || method === 'HEAD' ? '' : '\r\nContent-Length: 0';
    for (const trick of ELSEWHERE) {
      const head = `${method} ${path.replace('*', trick)} HTTP/1.1\r\nHost: a${tus}${length}`;
      const sent = await sendRaw(head, admin);
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(sent)?.[1]);
      expect(status, head).toBeLessThan(500);
      if (!path.includes('?')) expect([400, 403, 404, 414], head).toContain(status);
      expect(sent, head).not.toMatch(/SECRET|root:|set-cookie: a=b/i);
      expect(sent, head).not.toContain(directory);
    }
  });

  it('a row from before that names another place leads to no file', async () => {
    await writeFile(join(directory, 'files', 'inside.txt'), 'inside');
    await legacyRow('inside', 'inside.txt', 'a.txt');
    const nobody = await started.client();
    expect(await (await nobody.get('/files/inside/a.txt')).text()).toBe('inside');
    for (const path of ['../outside.txt', '/etc/passwd', 'link.txt', '.storage/x', 'a//b', '..']) {
      const id = crypto.randomUUID();
      await legacyRow(id, path, 'a.png');
      for (const address of [`/files/${id}/a.png`, `/files/${id}/thumbnail`]) {
        const response = await nobody.get(address);
        expect(response.status, path).toBeGreaterThanOrEqual(400);
        expect(await response.text()).not.toContain('SECRET');
      }
    }
  });

  it('a NUL in an address or a body is refused before the database is asked', async () => {
    for (const path of ['/files/%00/x', '/api/s/%00.x', '/uploads/a%00', '/api/files/%00'])
      expect((await admin.get(path)).status, path).toBe(404);
    for (const query of ['query=%00', 'type=a%00', 'a%00=b'])
      expect(await refusal(admin.get(`/api/files?${query}`)), query).toEqual([400, 'invalid']);
    const bodies: [string, unknown][] = [
      ['/api/login', { email: 'a\0@b.c', password: 'x' }],
      ['/api/register', { email: 'new@b.cc', name: 'a\0b', password: 'long enough for all' }],
      ['/api/files/batch', { action: 'delete', ids: ['x', 'a\0'] }],
      ['/api/folders', { path: 'x', 'a\0': 1 }],
    ];
    for (const [path, body] of bodies)
      expect(await refusal(admin.post(path, body)), path).toEqual([400, 'invalid']);
  });

  it('a cursor that was made up is refused', async () => {
    const cursor = (...parts: unknown[]) =>
      Buffer.from(JSON.stringify(parts)).toString('base64url');
    for (const [sort, value, id] of [
      ['name', 'a\0', 'x'],
      ['name', 'a', '\0'],
      ['name', 5, 'x'],
      ['size', 'a', 'x'],
      ['size', 1.5, 'x'],
      ['size', 1e300, 'x'],
      ['uploadedAt', 5, 'x'],
    ])
      expect(
        await refusal(
          admin.get(`/api/files?sort=${sort}&cursor=${cursor(`${sort} asc`, value, id)}`),
        ),
        `${sort} ${value}`,
      ).toEqual([400, 'invalid']);
  });

  it('names of uploads are names: in forms, in metadata of tus, in announcements', async () => {
    const boundary = 'b';
    const part = (filename: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${filename}"\r\n\r\ntext\r\n`;
    const names = ['../../evil.txt', '..\\evil.txt', '/etc/evil.txt', 'a\0/evil.txt', 'evil\0.txt'];
    const { files } = await answer<{ files: FileView[] }>(
      admin.send('/api/files', {
        method: 'POST',
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body: `${names.map(part).join('')}--${boundary}--\r\n`,
      }),
      201,
    );
    expect(files.map(({ name }) => name)).toEqual(names.map(() => 'evil.txt'));
    const metadata = (fields: Record<string, string>) =>
      Object.entries(fields)
        .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
        .join(',');
    const create = (fields: Record<string, string>) =>
      admin.send('/api/tus', {
        method: 'POST',
        headers: {
          ...{ 'tus-resumable': '1.0.0', 'upload-length': '0' },
          'upload-metadata': metadata(fields),
        },
      });
    for (const filename of [...names, 'evil.txt\r\nset-cookie: a=b'.replace('\r\n', '\r\n/x/')]) {
      const { status, headers } = await create({ filename, __proto__: 'x' });
      expect([status, headers.get('set-cookie')], filename).toEqual([201, null]);
      expect(headers.get('location')).toMatch(/^\/api\/tus\/[\w-]+$/);
    }
    for (const folder of ['../x', 'a/../b', 'a\0b', '/a', 'a\\..\\b', 'a\r\nb'])
      expect((await create({ filename: 'a.txt', folder })).status, folder).toBe(400);
    const rows = await started.database.db.selectFrom('files').select(['key', 'name']).execute();
    for (const { key, name } of rows.filter((row) => row.key !== null)) {
      if (key === 'inside.txt') continue;
      expect(key).toMatch(/^\d{4}\/\d{2}\/[0-9a-f-]{36}(\.txt)?$/);
      expect(name).not.toMatch(/[/\\\p{Cc}]/u);
    }
  });

  it('a name that was stored ends no header', async () => {
    const name = 'a\r\nset-cookie: x=1\r\n\r\n<b>"\u2028Ü.txt';
    await storage.upload(`odd-${kind}.txt`, 'text');
    await legacyRow('odd', `odd-${kind}.txt`, name);
    const moved = await admin.get(`/uploads/odd-${kind}.txt`);
    expect([moved.status, moved.headers.get('location')]).toEqual([
      301,
      `/files/odd/${encodeURIComponent(name)}`,
    ]);
    for (const path of ['/files/odd/x', '/files/odd/x?download']) {
      const { status, headers } = await admin.get(path);
      expect([status, headers.get('set-cookie')], path).toEqual([200, null]);
      expect(headers.get('content-disposition')).toMatch(
        /^(inline|attachment); filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w.%-]+$/,
      );
    }
  });

  it('nothing that a client names is connected to, and no address of ours is made of it', async () => {
    let connections = 0;
    const canary = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(canary, 'listening');
    const address = canary.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const url = `http://127.0.0.1:${port}/x`;
    try {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="${url}" width="9" height="9"/><style>@import "${url}";</style></svg>`;
      await writeFile(join(directory, 'files', 'picture.png'), svg);
      await legacyRow('picture', 'picture.png', 'picture.png'); // its type is told by its name
      expect((await admin.get('/files/picture/thumbnail')).status).toBe(404);
      const fields = { folder: 'x', url, endpoint: url, bucket: url };
      await answer(admin.upload({ 'a.svg': svg, 'a.html': `<img src="${url}">` }, fields), 201);
      const named = `Host: 127.0.0.1:${port}\r\nX-Forwarded-Host: 127.0.0.1:${port}\r\nForwarded: host=127.0.0.1:${port}\r\nX-Original-URL: ${url}`;
      await sendRaw(`GET ${url} HTTP/1.1\r\n${named}`, admin);
      await sendRaw(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n${named}`, admin);
      for (const action of ['start', 'mode', 'limits'])
        await admin.post(`/api/admin/migration/${action}`, { url, endpoint: url, target: url });
      const [file] = (await answer<{ items: FileView[] }>(admin.get('/api/files?query=a.svg')))
        .items;
      const share = await sendRaw(
        `POST /api/files/${file?.id}/shares HTTP/1.1\r\n${named}\r\nContent-Type: application/json\r\nContent-Length: 18`,
        admin,
        '{"expiresIn":3600}',
      );
      expect(share).toMatch(/^HTTP\/1\.1 201/);
      expect(share).not.toContain(String(port));
      const begun = await sendRaw(
        `POST /api/tus HTTP/1.1\r\n${named}\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 1\r\nContent-Length: 0`,
        admin,
      );
      expect(begun).toMatch(/^HTTP\/1\.1 201[\s\S]*location: \/api\/tus\//i);
      expect(begun).not.toContain(String(port));
      expect(connections).toBe(0);
    } finally {
      canary.close();
    }
  });

  it('what is larger than it seems is not unpacked, and goes no deeper than it is read', async () => {
    const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
      admin.send('/api/folders', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
    const bomb = Uint8Array.from(gzipSync(JSON.stringify({ path: ' '.repeat(10_000_000) })));
    const form = 'multipart/form-data; boundary=b';
    const upload = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
      admin.send('/api/files', {
        method: 'POST',
        headers: { 'content-type': form, ...headers },
        body,
      });
    const part = (name: string) => `--b\r\nContent-Disposition: form-data; ${name}\r\n\r\nx\r\n`;
    const deep = (opened: string, closed: string) =>
      `{"path":${opened.repeat(40_000)}1${closed.repeat(40_000)}}`;
    for (const [sent, status] of [
      [post(bomb, { 'content-encoding': 'gzip' }), 400],
      [post(deep('[', ']')), 400],
      [post(deep('{"a":', '}')), 400],
      [upload(bomb, { 'content-encoding': 'gzip' }), 415],
      [upload('text'), 400],
      [upload('text', { 'content-type': 'multipart/form-data' }), 400],
      [upload(part('name="a"').repeat(100_000)), 413],
      [upload(part('name="files"; filename="a"').repeat(20_000)), 413],
      [upload(`${part(`name="${'x'.repeat(300_000)}"`)}--b--\r\n`), 400],
    ] as const) {
      const response = await sent;
      expect(response.status, await response.text()).toBe(status);
    }
    expect((await admin.get('/api/files')).status).toBe(200);
    const left = await started.database.db
      .selectFrom('unfinished_files')
      .selectAll()
      .where('state', '!=', 'upload')
      .execute();
    expect(left).toEqual([]);
  });
});
