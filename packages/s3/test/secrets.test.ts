import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { isStorageError, readAll } from '@org/storage-core';
import type { S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import type { Fault } from '@org/storage-testkit/s3-server';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { s3Error } from '../src/s3-error.js';
import { bytes, streamed } from './content.js';
import { MIB, useServer } from './store.js';

const setup = useServer();
const secretAccessKey = 'a-secret-that-nobody-may-see';
const sessionToken = 'a-token-that-nobody-may-see';
const customerKey = randomBytes(32);

/** All that can be reached from an error, also by what no dump shows. */
function reachable(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return '';
  if (seen.has(value)) return '';
  seen.add(value);
  return Reflect.ownKeys(value)
    .map((key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
      return `${String(key)} ${reachable(descriptor?.value, seen)}`;
    })
    .join('\n');
}

function expectNoSecret(error: unknown): void {
  expect(isStorageError(error), inspect(error)).toBe(true);
  const secrets = [
    secretAccessKey,
    sessionToken,
    setup.server.credentials.accessKeyId,
    setup.server.credentials.secretAccessKey,
    customerKey.toString('base64'),
    customerKey.toString('hex'),
    customerKey.toString('latin1'),
    createHash('md5').update(customerKey).digest('base64'),
  ];
  for (const text of [
    String(error),
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    error instanceof Error ? (error.stack ?? '') : '',
    reachable(error),
  ]) {
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/Signature=[0-9a-f]|StringToSign|CanonicalRequest|authorization/i);
  }
}

async function drain(entries: AsyncIterable<unknown> | undefined): Promise<void> {
  for await (const _ of entries ?? []);
}

const calls: Readonly<Record<string, (storage: S3StorageProvider) => Promise<unknown>>> = {
  stat: (storage) => storage.stat('a'),
  exists: (storage) => storage.exists('a'),
  upload: (storage) => storage.upload('a', 'b'),
  'upload in parts': (storage) => storage.upload('a', streamed(bytes(6 * MIB))),
  download: async (storage) => readAll((await storage.download('a')).body),
  delete: (storage) => storage.delete('a'),
  deleteMany: async (storage) => {
    const { failed } = await storage.deleteMany(['a', 'b']);
    if (failed[0] !== undefined) throw failed[0].error;
  },
  copy: (storage) => storage.copy('a', 'b'),
  move: (storage) => storage.move('a', 'b'),
  list: (storage) => drain(storage.list()),
  checkHealth: async (storage) => {
    const { error } = await storage.checkHealth();
    if (error !== undefined) throw error;
  },
  probe: (storage) => storage.probe(),
  'tags.get': async (storage) => storage.tags?.get('a'),
  'tags.set': async (storage) => storage.tags?.set('a', { b: 'c' }),
  'versions.list': (storage) => drain(storage.versions?.list()),
  'versions.restore': async (storage) => storage.versions?.restore('a', 'null'),
  'multipart.list': (storage) => drain(storage.multipart.list()),
  'multipart.abort': (storage) => storage.multipart.abort('a', 'an-upload'),
};

/** What each of the calls fails by. */
const failures: Readonly<Record<string, () => Partial<S3StorageOptions>>> = {
  'a wrong secret': () => ({
    credentials: { accessKeyId: setup.server.credentials.accessKeyId, secretAccessKey },
  }),
  'a wrong token': () => ({
    credentials: {
      accessKeyId: setup.server.credentials.accessKeyId,
      secretAccessKey,
      sessionToken,
    },
  }),
  'no server': () => ({
    credentials: { accessKeyId: 'a', secretAccessKey, sessionToken },
    endpoint: 'http://127.0.0.1:1',
  }),
  'credentials that can’t be had': () => ({
    credentials: () =>
      Promise.reject(Object.assign(new Error('no'), { name: 'CredentialsProviderError' })),
  }),
};
const faults: readonly Fault[] = [
  { type: 'error', code: 'AccessDenied' },
  { type: 'error', code: 'InvalidRequest', status: 400 },
  { type: 'error', code: 'SlowDown', status: 503 },
  { type: 'error', code: 'InternalError' },
  { type: 'reset' },
  { type: 'lost-answer' },
];

describe('no error holds a secret', () => {
  const encryption = { type: 'sse-c', key: customerKey } as const;

  beforeAll(async () => {
    await setup.storage({ encryption }).upload('a', 'content');
  });
  afterEach(() => setup.server.faults.clear());

  async function expectFailure(
    call: (storage: S3StorageProvider) => Promise<unknown>,
    options: Partial<S3StorageOptions>,
  ): Promise<void> {
    const storage = setup.storage({ maxAttempts: 1, ...options });
    const error = await call(storage).then(
      () => expect.unreachable('it succeeded'),
      (reason: unknown) => reason,
    );
    expectNoSecret(error);
  }

  for (const [name, call] of Object.entries(calls)) {
    test(`of ${name}`, async () => {
      for (const options of Object.values(failures)) {
        await expectFailure(call, { ...options(), encryption });
      }
      for (const fault of faults) {
        setup.server.faults.clear();
        setup.server.faults.add(fault);
        await expectFailure(call, { encryption });
      }
    });
  }

  test('of a wrong encryption key, or of one that is missing', async () => {
    await setup.storage().upload('plain', 'content');
    for (const [key, options] of [
      ['a', {}],
      ['plain', { encryption }],
    ] as const) {
      await expectFailure((storage) => storage.stat(key), options);
      await expectFailure((storage) => storage.download(key), options);
      await expectFailure((storage) => storage.copy(key, 'b'), options);
    }
  });

  test('of an encryption key of wrong length', async () => {
    const key = () => Buffer.concat([customerKey, customerKey]);
    const longer = { encryption: { type: 'sse-c', key } } as const;
    await expectFailure((storage) => storage.stat('a'), longer);
    expect(() => setup.storage({ encryption: { type: 'sse-c', key: key() } })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(key().toString('base64')) }),
    );
  });

  test('of a body that breaks off', async () => {
    setup.server.faults.add({ type: 'reset-response', after: 2, operation: 'GetObject' });
    const call = calls['download'];
    if (call !== undefined) await expectFailure(call, { encryption });
  });

  test('of an operation that is aborted or comes too late', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expectFailure((storage) => storage.stat('a', { signal }), { encryption });
    const storage = setup.storage({ encryption });
    await storage.close();
    for (const call of Object.values(calls)) {
      const error = await call(storage).then(
        () => expect.unreachable('it succeeded'),
        (reason: unknown) => reason,
      );
      expectNoSecret(error);
    }
  });

  test('nor does the provider show one', () => {
    const credentials = { accessKeyId: 'a', secretAccessKey, sessionToken };
    const storage = setup.storage({ credentials, encryption });
    const shown = [inspect(storage, { depth: 20 }), JSON.stringify(storage)].join();
    for (const secret of [secretAccessKey, sessionToken, customerKey.toString('base64')]) {
      expect(shown).not.toContain(secret);
    }
  });

  test('also where a server or a proxy puts one into its message', () => {
    const message =
      'bad header AWS4-HMAC-SHA256 Credential=AKID/x, Signature=00ff at http://x/?X-Amz-Signature=00ff&X-Amz-Credential=AKID%2Fx&a=b with x-amz-server-side-encryption-customer-key: S2V5S2V5S2V5 and x-amz-copy-source-server-side-encryption-customer-key-MD5="S2V5TUQ1"';
    const answer = Object.assign(new Error(message), {
      name: 'Strange',
      $metadata: { httpStatusCode: 400 },
    });
    const context = { operation: 'upload', provider: 's3', key: 'a', bucket: 'b' };
    const error = s3Error(answer, context);
    for (const text of [error.message, inspect(error, { depth: 9 }), reachable(error)]) {
      expect(text).toContain('bad header');
      expect(text).not.toMatch(/00ff|AKID|S2V5/);
    }
  });
});
