import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { LocalStorageProvider } from '@org/storage-local';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../src/main.js';
import { setting, temporaryDirectory } from './fixtures.js';

const FILES = {
  'photos/1.jpg': 'one',
  'photos/large.jpg': Buffer.alloc(100_000, 7),
  'texts/2.txt': 'two!',
  'texts/.hidden': 'x',
};

/** The files that are there, by the requests that stored them. */
function stored({ server }: Awaited<ReturnType<typeof setting>>): string[] {
  return server.requests
    .last()
    .filter(({ method, key, status }) => method === 'PUT' && status === 200 && key)
    .map(({ key }) => key?.replace('files/', '') ?? '')
    .filter((key) => Object.hasOwn(FILES, key))
    .sort();
}

describe('storage migrate --dry-run', () => {
  it('tells what would be copied, and writes nothing anywhere', async () => {
    const { storage, server, place, home } = await setting(FILES);
    const before = await readdir(home, { recursive: true });
    const { code, stdout } = await storage.run('migrate', ...place, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('to be copied: 4 files');
    expect(stdout).toContain('nothing was written');
    const methods = new Set(server.requests.last().map(({ method }) => method));
    expect([...methods].filter((method) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    expect(await readdir(home, { recursive: true })).toEqual(before);
  });

  it('lists the files for programs, and knows what is there already', async () => {
    const { storage, place } = await setting(FILES);
    await storage.run('migrate', ...place, '--include', 'photos/**');
    const dry = await storage.run('migrate', ...place, '--dry-run', '--json', '--exclude', '**/.*');
    const lines = dry.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ type }) => type === 'intention')).toEqual([
      { type: 'intention', key: 'photos/1.jpg', size: 3, intention: 'compare' },
      { type: 'intention', key: 'photos/large.jpg', size: 100_000, intention: 'compare' },
      { type: 'intention', key: 'texts/2.txt', size: 4, intention: 'copy' },
    ]);
    expect(lines.at(-1)).toMatchObject({ type: 'report', notSelected: { files: 1 } });
  });
});

describe('storage migrate of a part', () => {
  it('copies it, ends well, and says what is left', async () => {
    const given = await setting(FILES);
    const { storage, place } = given;
    const part = ['--include', 'photos/**', '--include', '**/*.txt', '--max-size', '1KiB'];
    const { code, stdout } = await storage.run('migrate', ...place, ...part);
    expect(code).toBe(0);
    expect(stored(given)).toEqual(['photos/1.jpg', 'texts/2.txt']);
    expect(stdout).toContain('not selected, of what is to do: 2 files');
    expect(stdout).toContain('as far as selected');
    expect(await storage.run('verify', ...place)).toMatchObject({ code: 1 }); // not all is there
    expect(await storage.run('migrate', ...place)).toMatchObject({ code: 0 });
    expect(await storage.run('verify', ...place)).toMatchObject({ code: 0 });
  });

  it('goes by age', async () => {
    const given = await setting(FILES);
    const { storage, place, directory } = given;
    const old = new Date('2020-01-01T00:00:00Z');
    await utimes(join(directory, 'texts/2.txt'), old, old);
    expect(await storage.run('migrate', ...place, '--older-than', '30d')).toMatchObject({
      code: 0,
    });
    expect(stored(given)).toEqual(['texts/2.txt']);
    await storage.run('migrate', ...place, '--newer-than', '2020-01-02');
    expect(stored(given)).toEqual(Object.keys(FILES).sort());
  });
});

describe('storage migrate', () => {
  it('keeps the content’s description, in the storage class and encryption that are asked for', async () => {
    const { storage, server, place, directory } = await setting({});
    const source = new LocalStorageProvider({ root: directory });
    await source.upload('page', '<p>', {
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'public, max-age=60',
      contentDisposition: 'attachment; filename="page.html"',
      metadata: { owner: 'Zoë' },
    });
    await source.close();
    const kept = ['--storage-class', 'STANDARD_IA', '--sse', 'kms', '--kms-key', 'alias/files'];
    expect(await storage.run('migrate', ...place, ...kept)).toMatchObject({ code: 0 });
    const { endpoint, region, credentials } = server;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    onTestFinished(() => client.destroy());
    const head = await client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'files/page' }));
    expect(head).toMatchObject({
      ContentType: 'text/html; charset=utf-8',
      CacheControl: 'public, max-age=60',
      ContentDisposition: 'attachment; filename="page.html"',
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: expect.stringContaining('alias/files'),
    });
  });

  it('stops at its failure budget, with the reason', async () => {
    const { storage, server, place } = await setting(FILES);
    server.faults.add({
      type: 'error',
      code: 'EntityTooLarge',
      status: 400,
      key: /^files\/(photos|texts)/,
    });
    const limits = ['--max-failures', '1', '--concurrency', '1'];
    const { code, stdout } = await storage.run('migrate', ...place, ...limits);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Stopped after .*: 2 files failed, more than the run may have/m);
    expect(stdout).toContain('failed: 2 files');
  });

  it.each([
    [['--include', '/photos/**'], /keys begin without a slash/],
    [['--max-size', 'big'], /It takes a number of bytes/],
    [['--min-size', '2MB', '--max-size', '1MB'], /at least 2000000 and at most 1000000 bytes/],
    [['--older-than', 'yesterday'], /It takes a/],
    [['--order', 'largest'], /smallest/],
    [['--concurrency', '9-3'], /lesser bound/],
    [['--concurrency', '0'], /whole number/],
    [['--bandwidth', '1B'], /1KiB a second or more/],
    [['--rate', '-1'], /files a second/],
    [['--window', '22-5'], /two times of day/],
    [['--window', '22:00-25:00'], /no time of day/],
    [['--window', '22:00-05:00', '--timezone', 'Mars'], /Mars is no time zone/],
    [['--max-failures', '200%'], /a share such as 5%/],
    [['--storage-class', 'DEEP_ARCHIVE'], /STANDARD_IA/],
    [['--kms-key', 'k'], /--kms-key goes with --sse kms/],
  ])('refuses %j', async (options, why) => {
    const home = await temporaryDirectory();
    const told: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
    onTestFinished(() => void vi.restoreAllMocks());
    const place = [home, 's3://bucket', '--endpoint', 'http://127.0.0.1:9'];
    const journal = ['--journal', join(await temporaryDirectory(), 'journal.sqlite')];
    expect(await run(['migrate', ...place, ...journal, ...options])).toBe(2);
    expect(told.join('')).toMatch(why);
  });
});
