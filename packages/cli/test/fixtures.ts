import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type S3Server, type S3ServerOptions, startS3Server } from '@org/storage-testkit/s3-server';
import { expect, onTestFinished } from 'vitest';
import { type Ended, runHere } from './in-process.js';

export type { Ended };

const command = fileURLToPath(new URL('../bin/storage.mjs', import.meta.url));

/** The built command with an environment that knows nothing of this machine's AWS configuration. */
export class Storage {
  readonly home: string;
  readonly #keys: Readonly<Record<string, string>>;
  /** User to run as; default this process's. */
  uid: number | undefined;

  constructor(home: string, keys: Readonly<Record<string, string>>) {
    this.home = home;
    this.#keys = keys;
  }

  start(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(this.uid === undefined ? {} : { uid: this.uid, gid: this.uid }),
      env: this.#environment,
    });
  }

  /** In a process of its own. */
  spawned(...args: readonly string[]): Promise<Ended> {
    return ended(this.start(...args));
  }

  /** In this process, which is much faster; not two at once. */
  run(...args: readonly string[]): Promise<Ended> {
    return runHere(args, this.#environment);
  }

  get #environment(): Readonly<Record<string, string>> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      XDG_STATE_HOME: join(this.home, 'state'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...this.#keys,
    };
  }
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    text.stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    text.stderr += String(chunk);
  });
  const [code] = await once(child, 'close');
  return { code, ...text };
}

/** A directory that is removed when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'storage-cli-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function writeFiles(root: string, files: Readonly<Record<string, string | Buffer>>) {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

/** A server, a directory with files, and the command with the server's keys. */
export async function setting(
  files: Readonly<Record<string, string | Buffer>>,
  options: S3ServerOptions = {},
) {
  const home = await temporaryDirectory();
  const directory = join(home, 'files');
  await mkdir(directory);
  await writeFiles(directory, files);
  const server: S3Server = await startS3Server({ buckets: ['bucket'], ...options });
  onTestFinished(() => server.close());
  const storage = new Storage(home, {
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
  });
  const place = [directory, 's3://bucket/files', '--endpoint', server.endpoint] as const;
  return { home, directory, server, storage, place };
}

/** A failure is told in one sentence: no stack, and no secret. */
export function expectOneSentence({ stderr }: Ended, server: S3Server, about: RegExp): void {
  const told = stderr.split('\n').filter((line) => line.startsWith('storage: '));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(about);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain(server.credentials.secretAccessKey);
}
