import { randomBytes, randomUUID } from 'node:crypto';
import { MemoryStorageProvider } from '@org/storage-core';
import { expect, it } from 'vitest';
import { type UploadProgress, uploadHandler, uploadProgress } from '../../src/index.js';
import { type Site, serve } from './site.js';

const id = ({ url }: { readonly url: URL }) => url.searchParams.get('id') ?? undefined;

const served = (progress: UploadProgress) => serve(progress.handler(id));

const watch = ({ origin }: Site, upload: string) => fetch(`${origin}/?id=${upload}`);

/** The events so far, or all. */
async function* events(response: Response) {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    while (text.includes('\n\n')) {
      const [event = ''] = text.split('\n\n', 1);
      text = text.slice(event.length + 2);
      const [, name, data = ''] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
      yield { name, data: JSON.parse(data) };
    }
  }
}

it('tells how far an upload is, until it has ended', async () => {
  const progress = uploadProgress();
  const upload = progress.open();
  const told = events(await watch(await served(progress), upload));
  const next = async () => (await told.next()).value;
  expect(await next()).toEqual({ name: 'progress', data: { received: 0, state: 'receiving' } });
  progress.reporter(upload)({ received: 5, total: 10 });
  const data = { received: 5, total: 10, state: 'receiving' };
  expect(await next()).toEqual({ name: 'progress', data });
  progress.finish(upload, 'done');
  expect(await next()).toEqual({ name: 'done', data: { ...data, state: 'done' } });
  expect(await told.next()).toMatchObject({ done: true });
  const afterwards = events(await watch(await served(progress), upload));
  expect((await afterwards.next()).value?.name).toBe('done');
});

it('follows what is received', async () => {
  const progress = uploadProgress();
  const upload = progress.open();
  const storage = new MemoryStorageProvider();
  const site = await serve(
    uploadHandler({ storage, key: () => randomUUID(), onProgress: progress.reporter(upload) }),
  );
  const size = 3_000_000;
  await fetch(site.origin, { method: 'POST', body: randomBytes(size) });
  expect(progress.get(upload)).toEqual({ received: size, total: size, state: 'receiving' });
});

it('one who does not read is told the latest alone', async () => {
  const progress = uploadProgress();
  const upload = progress.open();
  const request = { method: 'GET', url: new URL(`http://x/?id=${upload}`) };
  const { body } = await progress.handler(id)(request as never);
  for (let received = 1; received <= 100_000; received++)
    progress.reporter(upload)({ received, total: undefined });
  progress.finish(upload, 'failed');
  const all = await events(new Response(body as never));
  const names: unknown[] = [];
  for await (const { data } of all) names.push([data.received, data.state]);
  expect(names.length).toBeLessThan(5);
  expect(names.at(-1)).toEqual([100_000, 'failed']);
});

it('knows no id but its own, and tells nobody of another', async () => {
  const progress = uploadProgress();
  const [a, b] = [progress.open(), progress.open()];
  expect(a).toMatch(/^[\w-]{24}$/);
  expect(a).not.toBe(b);
  progress.reporter('guessed')({ received: 1, total: 1 });
  progress.reporter(undefined)({ received: 1, total: 1 });
  expect(progress.get('guessed')).toBeUndefined();
  const site = await served(progress);
  expect((await watch(site, 'guessed')).status).toBe(404);
  expect((await fetch(`${site.origin}/?id=${a}`, { method: 'POST' })).status).toBe(405);
});

it('forgets the oldest when there are too many, and those of which nothing is heard', async () => {
  const progress = uploadProgress({ maxUploads: 3 });
  const [first = '', second = ''] = [progress.open(), progress.open()];
  const told = events(await watch(await served(progress), first));
  await told.next();
  progress.reporter(second)({ received: 1, total: 1 });
  for (let i = 0; i < 2; i++) progress.open();
  expect(progress.get(first)).toBeUndefined();
  expect(progress.get(second)).toBeDefined();
  expect(await told.next()).toMatchObject({ done: true });
  const brief = uploadProgress({ expiresAfter: Number.MIN_VALUE });
  expect(brief.get(brief.open())).toBeUndefined();
});

it('so many look on at one upload, and no more', async () => {
  const progress = uploadProgress();
  const upload = progress.open();
  const site = await served(progress);
  const looking = await Promise.all(Array.from({ length: 10 }, () => watch(site, upload)));
  expect(looking.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect((await watch(site, upload)).status).toBe(429);
  progress.finish(upload, 'done');
  for (const response of looking) await response.text();
  expect((await watch(site, upload)).status).toBe(200);
});
