import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { DebianUnavailableError, debianRoot } from '@org/storage-testkit/debian';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { downloadHandler, keyBelow, nodeListener } from '../../src/index.js';
import { CASES, type Case, CONTENT, MODIFIED } from '../download/rfc9110-cases.js';
import { parsedParts } from '../parts.js';
import { type RawAnswer, type Served, sendRaw, serve } from '../serve.js';
import { OF_THE_SERVER, OTHERWISE, OURS_ALONE, REASONS } from './differences.js';
import { type Nginx, startNginx } from './nginx.js';

/** Elsewhere than on Linux with apt, there is no nginx of Debian: the run says so. */
const unavailable = await debianRoot({ packages: ['nginx'] }).then(
  () => false,
  (error: unknown) => {
    if (!(error instanceof DebianUnavailableError)) throw error;
    console.warn(`The comparison with nginx is skipped: ${error.message}`);
    return true;
  },
);

let root: string | undefined;
let nginx: Nginx;
let storage: LocalStorageProvider;
let server: Served;
beforeAll(async () => {
  if (unavailable) return;
  const files = await mkdtemp(join(tmpdir(), 'nginx-root-'));
  root = files;
  for (const name of ['file.txt', 'page.html', 'drawing.svg', 'picture.png', 'other', 'ü b.pdf']) {
    await writeFile(join(files, name), CONTENT);
    await utimes(join(files, name), MODIFIED, MODIFIED);
  }
  nginx = await startNginx(files);
  storage = new LocalStorageProvider({ root: files });
  server = await serve(nodeListener(downloadHandler({ storage, key: keyBelow('/') })));
}, 600_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await storage?.close();
  await nginx?.[Symbol.asyncDispose]();
  if (root !== undefined) await rm(root, { recursive: true, force: true });
});

type Place = number | string;

async function ask(at: Place, { method, fields }: Case): Promise<RawAnswer> {
  const { headers } = await sendRaw(at, ['HEAD /file.txt HTTP/1.1', 'Host: localhost']);
  const etag = headers['etag'] ?? '';
  const lines = Object.entries(fields).map(
    ([name, value]) => `${name}: ${value.replaceAll('ETAG', etag)}`,
  );
  const answer = await sendRaw(at, [`${method} /file.txt HTTP/1.1`, 'Host: localhost', ...lines]);
  return { ...answer, headers: comparable(answer, etag) };
}

/** Without what is bound to differ: each has tags and boundaries of its own making. */
function comparable({ status, headers }: RawAnswer, etag: string): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_SERVER.includes(name));
  const compared = Object.fromEntries(kept);
  if (compared['etag'] === etag) compared['etag'] = 'ETAG';
  if (compared['content-type']?.startsWith('multipart/')) {
    compared['content-type'] = 'multipart/byteranges';
    delete compared['content-length'];
  }
  if (status === 206 || status === 416) delete compared['accept-ranges']; // nginx leaves it out there
  return compared;
}

/** As a case has it. */
function outcomeOf(answer: RawAnswer, method: string): number | readonly string[] {
  const type = answer.headers['content-type'] ?? '';
  if (answer.status !== 206 || method === 'HEAD') return answer.status;
  if (!type.startsWith('multipart/')) return [rangeOf(answer.headers['content-range'] ?? '')];
  const boundary = answer.body.subarray(4, answer.body.indexOf('\r\n', 4)).toString();
  const headers = { 'content-type': `multipart/byteranges; boundary=${boundary}` };
  return parsedParts({ ...answer, headers }).map(({ range }) => rangeOf(range));
}

const rangeOf = (header: string) => /\d+-\d+/.exec(header)?.[0] ?? '';

describe.skipIf(unavailable)('beside Debian’s nginx', () => {
  test.each(CASES)('$method, $name: as it, or for a reason', async (row) => {
    const { method, name, expected } = row;
    const theirs = await ask(nginx.socket, row);
    const otherwise = OTHERWISE[`${method} ${name}`];
    expect(outcomeOf(theirs, method)).toEqual(otherwise?.nginx ?? expected);
    if (otherwise !== undefined) return;
    const ours = await ask(server.port, row);
    expect(outcomeOf(ours, method)).toEqual(expected);
    const same = (name: string) => {
      const page = ours.status >= 400 && /^content-(?:type|length)$/.test(name); // problem+json and a page
      return !page && !OURS_ALONE.includes(name);
    };
    const left = (headers: RawAnswer['headers']) =>
      Object.fromEntries(Object.entries(headers).filter(([header]) => same(header)));
    expect(left(ours.headers)).toEqual(left(theirs.headers));
    if (ours.status === 200) expect(ours.body).toEqual(theirs.body);
  });

  test.each(['page.html', 'drawing.svg', 'picture.png', 'other', '%C3%BC%20b.pdf'])(
    '%s has the same type, length and time',
    async (name) => {
      const get = (at: Place) => sendRaw(at, [`GET /${name} HTTP/1.1`, 'Host: localhost']);
      const [ours, theirs] = [await get(server.port), await get(nginx.socket)];
      for (const header of ['content-type', 'content-length', 'last-modified', 'accept-ranges'])
        expect(ours.headers[header], header).toBe(theirs.headers[header]);
      expect(ours.body).toEqual(theirs.body);
    },
  );

  test('each case that is answered otherwise is one of the table, and each reason is in the README', async () => {
    const names = CASES.map(({ method, name }) => `${method} ${name}`);
    expect(Object.keys(OTHERWISE).filter((name) => !names.includes(name))).toEqual([]);
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    for (const reason of Object.values(REASONS)) expect(readme).toContain(reason);
  });
});
