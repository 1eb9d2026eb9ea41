import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectOneSentence, Storage, setting } from './fixtures.js';

describe('what is wrong is told in one sentence', () => {
  it('a usage error', async () => {
    const { storage, place } = await setting({});
    for (const args of [
      [],
      ['migrate'],
      ['migrat', ...place],
      ['migrate', ...place, '--concurrency', '0'],
      ['migrate', ...place, '--accept', 'everything'],
      ['status'],
    ]) {
      const { code, stderr } = await storage.run(...args);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    expect(await storage.run('--help')).toMatchObject({ code: 0 });
  });

  it('a malformed address', async () => {
    const { storage, server, directory } = await setting({});
    for (const url of ['bucket', 's3://', 's3://b/../x', 'https://bucket.s3.amazonaws.com/']) {
      const failed = await storage.run('migrate', directory, url);
      expect(failed.code).toBe(2);
      expectOneSentence(failed, server, /is not an S3 address/);
    }
  });

  it('a directory that does not exist', async () => {
    const { storage, server, place, directory } = await setting({});
    await rm(directory, { recursive: true });
    const failed = await storage.run('migrate', ...place);
    expect(failed.code).toBe(2);
    expectOneSentence(failed, server, /there is no directory .*files/);
  });

  it('a bucket that does not exist', async () => {
    const { storage, server, directory } = await setting({ a: '1' });
    const failed = await storage.run(
      'migrate',
      directory,
      's3://nobody',
      '--endpoint',
      server.endpoint,
    );
    expect(failed.code).toBe(2);
    expectOneSentence(failed, server, /bucket "?nobody"? does not exist/);
  });

  it('wrong credentials', async () => {
    const { home, server, place } = await setting({ a: '1' });
    const { accessKeyId, secretAccessKey } = server.credentials;
    const wrongSecret = `${secretAccessKey}x`;
    for (const keys of [
      { AWS_ACCESS_KEY_ID: 'AKIANOBODY', AWS_SECRET_ACCESS_KEY: secretAccessKey },
      { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: wrongSecret },
    ]) {
      const failed = await new Storage(home, keys).run('migrate', ...place);
      expect(failed.code).toBe(2);
      expectOneSentence(failed, server, /access key|credentials|denied/i);
    }
  });

  it('no credentials', async () => {
    const { home, server, place } = await setting({ a: '1' });
    const failed = await new Storage(home, {}).run('migrate', ...place);
    expect(failed.code).toBe(2);
    expectOneSentence(failed, server, /credentials/i);
  });

  it('a connection that is refused', async () => {
    const { storage, server, place } = await setting({ a: '1' });
    await server.close();
    const failed = await storage.run('migrate', ...place);
    expect(failed.code).toBe(1);
    expectOneSentence(failed, server, new RegExp(`${server.endpoint}`));
  });

  it('a journal in the directory that is migrated, or of another migration', async () => {
    const { storage, server, place, directory, home } = await setting({ a: '1' });
    const inside = await storage.run('migrate', ...place, '--journal', join(directory, 'x', 'j'));
    expect(inside.code).toBe(2);
    expectOneSentence(inside, server, /lies in the directory that is migrated/);
    const journal = join(home, 'journal');
    await storage.run('migrate', ...place, '--journal', journal);
    const elsewhere = [directory, 's3://bucket/other', '--endpoint', server.endpoint];
    const other = await storage.run('migrate', ...elsewhere, '--journal', journal);
    expect(other.code).toBe(2);
    expectOneSentence(other, server, /belongs to the migration from/);
  });

  it('an endpoint with a password in it, which is not repeated', async () => {
    const { storage, server, directory } = await setting({});
    const endpoint = 'http://user:hunter2@localhost:1';
    const failed = await storage.run('migrate', directory, 's3://bucket', '--endpoint', endpoint);
    expect(failed.code).toBe(2);
    expectOneSentence(failed, server, /must not hold credentials/);
    expect(failed.stderr).not.toContain('hunter2');
  });

  it('a server that ignores preconditions is refused, and nothing is copied', async () => {
    const { storage, server, place } = await setting({ a: '1' });
    server.faults.add({ type: 'ignore-preconditions' });
    const failed = await storage.run('migrate', ...place);
    expect(failed.code).toBe(3);
    expectOneSentence(failed, server, /If-None-Match/);
    expect(server.requests.last().map(({ key }) => key)).not.toContain('files/a');
  });

  it('a server whose disk is full', async () => {
    const { storage, server, place } = await setting({ a: '1' });
    server.faults.add({ type: 'error', code: 'QuotaExceeded', status: 507, key: 'files/a' });
    const failed = await storage.run('migrate', ...place);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^failed +a: /m);
    expect(failed.stderr).not.toMatch(/^\s+at /m);
  });

  it('with its stack where --debug asks for it', async () => {
    const { storage, server, place } = await setting({ a: '1' });
    await server.close();
    const failed = await storage.run('migrate', ...place, '--debug');
    expect(failed.stderr).toMatch(/^\s+at /m);
    expect(failed.stderr).not.toContain(server.credentials.secretAccessKey);
  });
});
