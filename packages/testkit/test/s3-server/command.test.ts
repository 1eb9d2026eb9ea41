import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { runS3Server, startS3Server } from '../../src/s3-server/index.js';

function run(argv: readonly string[]) {
  const stop = new AbortController();
  let output = '';
  let errors = '';
  let wrote = () => {};
  const written = new Promise<void>((resolve) => {
    wrote = resolve;
  });
  const code = runS3Server(argv, {
    write: (text) => {
      output += text;
      wrote();
    },
    writeError: (text) => {
      errors += text;
    },
    signal: stop.signal,
  });
  return { code, written, stop, output: () => output, errors: () => errors };
}

const field = (output: string, name: string) =>
  new RegExp(`^ +${name} +(.*)$`, 'm').exec(output)?.[1] ?? '';

describe('the command storage-s3-server', () => {
  it('prints what a client needs, serves, and ends cleanly', async () => {
    const command = run(['--port', '0', '--bucket', 'one', '--bucket', 'two']);
    await command.written;
    const output = command.output();
    const client = new S3Client({
      endpoint: field(output, 'endpoint'),
      region: field(output, 'region'),
      credentials: {
        accessKeyId: field(output, 'access key'),
        secretAccessKey: field(output, 'secret key'),
      },
    });
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['one', 'two']);
    expect(output).toContain(`aws --endpoint-url ${field(output, 'endpoint')}`);
    command.stop.abort();
    expect(await command.code).toBe(0);
    await expect(client.send(new ListBucketsCommand({}))).rejects.toThrow();
  });

  it('takes keys, a region, a directory and faults', async () => {
    const directory = await mkdtemp(join(tmpdir(), 's3-command-'));
    const command = run(
      `--port 0 --region eu-west-1 --access-key AK --secret-key SK --data ${directory} --fault slow-down`.split(
        ' ',
      ),
    );
    await command.written;
    const output = command.output();
    expect(field(output, 'access key')).toBe('AK');
    expect(field(output, 'data')).toBe(directory);
    const client = new S3Client({
      endpoint: field(output, 'endpoint'),
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
      maxAttempts: 1,
    });
    await expect(client.send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'SlowDown',
    });
    command.stop.abort();
    await command.code;
    await rm(directory, { recursive: true });
  });

  it('helps', async () => {
    const command = run(['--help']);
    expect(await command.code).toBe(0);
    expect(command.output()).toContain('--fault');
  });

  it.each([
    [['--prot', '1']],
    [['--port', 'x']],
    [['--port', '70000']],
    [['extra']],
    [['--bucket', 'Upper']],
    [['--access-key', 'AK']],
    [['--fault', 'explode']],
  ])('refuses %j in one sentence', async (argv) => {
    const command = run(argv);
    expect(await command.code).toBe(2);
    expect(command.output()).toBe('');
    expect(command.errors()).toMatch(/^[^\n]+\. See --help\.\n$/);
  });

  it('says so when the port is taken', async () => {
    await using taken = await startS3Server();
    const command = run(['--port', String(taken.port)]);
    expect(await command.code).toBe(1);
    expect(command.errors()).toMatch(/^The server could not start: .*EADDRINUSE.*\n$/);
  });
});
