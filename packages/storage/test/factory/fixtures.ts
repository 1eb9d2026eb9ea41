import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigurationEvent, readAll, type StorageProvider } from '@org/storage-core';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { onTestFinished } from 'vitest';
import {
  type ConfigurationInput,
  StorageFactory,
  type StorageFactoryOptions,
} from '../../src/index.js';

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'storage-factory-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** An S3 server with these buckets, and what a configuration needs to reach it. */
export async function server(...buckets: readonly string[]) {
  const running: S3Server = await startS3Server({ buckets });
  onTestFinished(() => running.close());
  const { accessKeyId, secretAccessKey } = running.credentials;
  const at = {
    provider: 's3' as const,
    endpoint: running.endpoint,
    region: running.region,
    server: 'aws' as const,
    credentials: { accessKeyId, secretAccessKey },
  };
  return { server: running, at };
}

/** A factory that is closed when the test has ended, and what it tells. */
export async function factoryOf(
  configuration: string | ConfigurationInput,
  options: StorageFactoryOptions = {},
) {
  const told: ConfigurationEvent[] = [];
  const factory = await StorageFactory.open(configuration, {
    ...options,
    onEvent: (event) => told.push(event),
  });
  onTestFinished(() => factory.close());
  return { factory, told };
}

export async function textOf(storage: StorageProvider, key: string): Promise<string> {
  return (await readAll((await storage.download(key)).body)).toString();
}

/** Resolves when it is so. @param every ms between two looks. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  every = 10,
): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, every));
}

/** Sockets of this process that are connected. */
export function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
