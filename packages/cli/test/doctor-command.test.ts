import { once } from 'node:events';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { examined } from '../src/doctor/from-arguments.js';
import { run } from '../src/main.js';
import { CERTIFICATE } from './doctor-certificate.js';
import { diagnosed, KEYS, linesOf } from './doctor-fixtures.js';
import { ended, Storage, setting, temporaryDirectory } from './fixtures.js';

describe('storage doctor', () => {
  it('ends with 0 where all is well, and with nothing left', async () => {
    const { storage, server, place, directory } = await setting({ a: 'one' });
    const { code, stdout, stderr } = await storage.run('doctor', ...place, '--role', 'migrator');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nno failures, no warnings\.\n$/);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain(server.credentials.secretAccessKey);
    expect(stdout).toContain('from the environment (AWS_ACCESS_KEY_ID)');
    expect(await readdir(directory)).toEqual(['a']);
  });

  it('ends with 1 where something has failed, and tells a script what', async () => {
    const { storage, server, directory } = await setting({ a: 'one' });
    const at = ['--endpoint', server.endpoint, '--json'] as const;
    const { code, stdout } = await storage.run('doctor', directory, 's3://missing', ...at);
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ type: 'doctor', version: 1, healthy: false });
    expect(report.checks).toContainEqual({
      id: 'bucket',
      title: 'The bucket',
      findings: [
        {
          level: 'failure',
          text: 'bucket missing does not exist',
          mend: 'make it, or look at its name, at the region and at the endpoint',
        },
      ],
    });
  });

  it('ends with 2 for a command line that makes no sense', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => told.mockRestore());
    const both = ['s3://bucket', '--storage', 'uploads'];
    for (const args of [[], ['a', 'b'], ['s3://x'], both, ['s3://bucket', '--mode', 'live']])
      expect({ args, code: await run(['doctor', ...args]) }).toEqual({ args, code: 2 });
  });

  it('tidies up when it is interrupted', async () => {
    const { storage, server, place } = await setting({ a: 'one' });
    server.faults.add({ type: 'delay', milliseconds: 60_000, operation: 'UploadPart' });
    const child = storage.start('doctor', ...place);
    const end = ended(child);
    await vi.waitFor(
      () => expect(server.requests.count('CreateMultipartUpload')).toBeGreaterThan(0),
      { timeout: 30_000 },
    );
    child.kill('SIGINT');
    expect((await end).code).toBe(130);
    expect(server.openMultipartUploads('bucket')).toEqual([]);
    const { endpoint, region, credentials } = server;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
    client.destroy();
    expect(KeyCount).toBe(0);
  });

  it('knows certificates that are signed by themselves, or for another name', async () => {
    const home = await temporaryDirectory();
    const authority = join(home, 'authority.pem');
    await writeFile(authority, CERTIFICATE.cert);
    const server = createServer(CERTIFICATE, (_, response) => response.writeHead(403).end());
    server.listen(0);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // as listen(2) has it
    const told = async (host: string) => {
      const storage = new Storage(home, {
        AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        NODE_EXTRA_CA_CERTS: authority,
      });
      const { stdout } = await storage.spawned(
        'doctor',
        's3://bucket',
        '--endpoint',
        `https://${host}:${port}`,
      );
      return stdout.split('\n').find((line) => line.includes(' certificate '));
    };
    const untrusted = await diagnosed({
      bucket: examined({
        bucket: 'bucket',
        endpoint: `https://127.0.0.1:${port}`,
        credentials: KEYS,
      }),
    });
    expect(linesOf(untrusted, 'certificate').slice(0, 1)).toEqual([
      'FAILURE  is signed by itself, and by nobody whom this machine trusts',
    ]);
    expect(linesOf(untrusted, 'clock')).toEqual([
      'skipped  since the server’s certificate is not trusted',
    ]);
    expect(await told('127.0.0.1')).toMatch(
      /^ok {7}certificate {4}is valid for 127\.0\.0\.1, for \d{5} more days \(TLSv1\.3\)$/,
    );
    expect(await told('localhost')).toBe(
      'FAILURE  certificate    is for DNS:other.example, IP Address:127.0.0.1, and not for localhost',
    );
  });

  it('knows a directory that this user may only read', async () => {
    const { storage, directory, home } = await setting({ a: 'one' });
    await chmod(home, 0o755);
    await chmod(directory, 0o555);
    storage.uid = process.getuid?.() === 0 ? 65534 : undefined; // root may write everywhere
    const { code, stdout } = await storage.spawned('doctor', directory);
    expect(code).toBe(1);
    expect(stdout).toContain(`ok       directory      ${directory} can be read`);
    expect(stdout).toMatch(/^FAILURE {2}directory {6}can’t be written to \(EACCES\)$/m);
  });
});
