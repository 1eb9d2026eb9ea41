import { CreateMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { MIB, useServer } from './store.js';

const setup = useServer();

const ALL = {
  conditionalCreate: 'native',
  conditionalCreateInParts: 'native',
  conditionalUpdate: 'native',
  conditionalDelete: 'native',
  conditionalCopyCreate: 'native',
  conditionalCopyUpdate: 'native',
  tags: 'native',
  versions: 'native',
};

test('a server that honours all conditions is found to', async () => {
  const storage = setup.storage({ server: 'generic', partSize: 5 * MIB });
  expect(storage.capabilities.conditionalCreate).toBe('absent');
  const found = await storage.probe();
  expect(found).toMatchObject(ALL);
  expect(storage.capabilities).toEqual(found);
});

test('a server that verifies and keeps checksums is found to, and gets them', async () => {
  const storage = setup.storage({ server: 'generic', partSize: 5 * MIB });
  await storage.upload('before', 'x');
  expect((await storage.stat('before')).checksums.crc32).toBeUndefined();
  await storage.probe();
  const small = await storage.upload('small', 'x');
  const large = await storage.upload('large', Buffer.alloc(6 * MIB));
  for (const { key, checksums } of [small, large]) {
    expect((await storage.stat(key)).checksums.crc32).toBe(checksums.crc32);
  }
});

test('a server that does not tell of checksums gets none', async () => {
  const storage = setup.storage({ server: 'generic' });
  const fault = setup.server.faults.add({ type: 'drop-checksums' });
  await storage.probe();
  fault.remove();
  await storage.upload('a', 'x');
  expect((await storage.stat('a')).checksums.crc32).toBeUndefined();
});

const ALL_CHECKSUMS = ['crc32', 'crc64nvme', 'sha256'];

test('the checksums that a server verifies are found, and nothing is relied on before', async () => {
  const storage = setup.storage({ server: 'generic' });
  expect(storage.capabilities.verifiedChecksums).toEqual([]);
  const { verifiedChecksums } = await storage.probe();
  expect(verifiedChecksums).toEqual(ALL_CHECKSUMS);
  expect(storage.capabilities.verifiedChecksums).toEqual(ALL_CHECKSUMS);
});

for (const [i, ignored] of (['CRC32', 'CRC64NVME', 'SHA256'] as const).entries()) {
  test(`a server that does not look at a ${ignored} is found out`, async () => {
    setup.server.faults.add({ type: 'ignore-checksums', algorithms: [ignored] });
    const storage = setup.storage();
    const { verifiedChecksums, checksums } = await storage.probe();
    expect(verifiedChecksums).toEqual(ALL_CHECKSUMS.filter((_, j) => j !== i));
    expect(checksums).toBe('full-object'); // as the profile has it: what is kept is another matter
  });
}

const ignored = {
  put: { conditionalCreate: 'absent', conditionalUpdate: 'absent' },
  complete: { conditionalCreateInParts: 'absent' },
  delete: { conditionalDelete: 'absent' },
  copy: { conditionalCopyCreate: 'absent', conditionalCopyUpdate: 'absent' },
} as const;

for (const [write, lacks] of Object.entries(ignored)) {
  test(`a server that ignores preconditions on ${write} is found out`, async () => {
    const writes = [write as keyof typeof ignored];
    setup.server.faults.add({ type: 'ignore-preconditions', writes });
    const storage = setup.storage();
    expect(await storage.probe()).toMatchObject({ ...ALL, ...lacks });
    expect(storage.capabilities).toMatchObject({ ...ALL, ...lacks });
  });
}

test('a server that refuses requests with conditions is found out', async () => {
  const storage = setup.storage();
  const fault = { type: 'error', code: 'NotImplemented', status: 501 } as const;
  // The first request of the probe has one; so has the next but one.
  setup.server.faults.add({ ...fault, operation: 'PutObject', times: 1 });
  setup.server.faults.add({ ...fault, operation: 'CompleteMultipartUpload' });
  setup.server.faults.add({ ...fault, operation: 'DeleteObject' });
  expect(await storage.probe()).toMatchObject({
    conditionalCreate: 'absent',
    conditionalCreateInParts: 'absent',
    conditionalUpdate: 'native',
    conditionalDelete: 'absent',
  });
});

test('an update that is let through where there is no file does not count as conditional', async () => {
  setup.server.faults.add({
    type: 'ignore-preconditions',
    writes: ['put'],
    key: /-missing$/,
  });
  expect(await setup.storage().probe()).toMatchObject({ ...ALL, conditionalUpdate: 'absent' });
});

test('an update that is let through over another version does not count as conditional', async () => {
  setup.server.faults.add({ type: 'ignore-preconditions', writes: ['put'], key: /-[0-9a-f]+$/ });
  expect(await setup.storage().probe()).toMatchObject({ conditionalUpdate: 'absent' });
});

test('a role that may not delete can be probed all the same', async () => {
  setup.server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'DeleteObject' });
  expect(await setup.storage().probe()).toMatchObject({ ...ALL, conditionalDelete: 'absent' });
});

test('a probe that can’t be made fails, and takes nothing for absent', async () => {
  const storage = setup.storage({ bucket: 'missing' });
  const { capabilities } = storage;
  await expect(storage.probe()).rejects.toMatchObject({ code: 'NotFound' });
  setup.server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'PutObject' });
  await expect(setup.storage().probe()).rejects.toMatchObject({ code: 'AccessDenied' });
  await expect(setup.storage().probe({ signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'Aborted',
  });
  expect(storage.capabilities).toEqual(capabilities);
});

test('a probe leaves nothing behind', async () => {
  const storage = setup.storage({ prefix: 'probed' });
  await storage.probe();
  const left = storage.list({ prefix: '.storage/' }); // others don't tell of it
  for await (const entry of left) expect(entry).toBeUndefined();
  expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
});

test('a probe that does not learn of the upload it has begun leaves none', async () => {
  setup.server.faults.add({ type: 'lost-answer', operation: 'CreateMultipartUpload' });
  const storage = setup.storage({ prefix: 'probed', maxAttempts: 1 });
  await expect(storage.probe()).rejects.toMatchObject({ code: 'Unavailable' });
  expect(setup.server.requests.counts()).toMatchObject({ CreateMultipartUpload: 1 });
  expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
});

test('a probe removes what killed trials of all kinds have left, and nothing of one that may be under way', async () => {
  const open = () => setup.storage({ prefix: 'probed' });
  const uuid = (digit: number) => `0f5c2c8e-7d7a-4f0b-9d55-3f3b2f0c9a1${digit}`;
  const leave = async (name: string) => {
    await open().upload(`.storage/${name}`, 'x');
    const Key = `probed/.storage/${name}`;
    const { endpoint, region, credentials } = setup.server;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await client.send(new CreateMultipartUploadCommand({ Bucket: setup.bucket, Key }));
    client.destroy();
  };
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 61 * 60_000 });
  try {
    for (const name of [`probe-${uuid(0)}-copy`, `doctor-${uuid(0)}`, `plan-${uuid(0)}/1`])
      await leave(name);
    await open().upload('.storage/probe-of-mine', 'no trial’s');
    await open().upload('file', 'x');
  } finally {
    vi.useRealTimers();
  }
  await leave(`probe-${uuid(1)}`);
  await leave(`plan-${uuid(1)}/1`);
  const storage = open(); // a client of its own: each makes up for the clock that it has seen
  await storage.probe();
  const kept: string[] = [];
  for await (const entry of storage.list({ prefix: '.storage/' }))
    kept.push('key' in entry ? entry.key : entry.prefix);
  expect(kept).toEqual([
    ...['.storage/plan-', '.storage/probe-'].map(
      (kind, at) => `${kind}${uuid(1)}${at === 0 ? '/1' : ''}`,
    ),
    '.storage/probe-of-mine',
  ]);
  expect(await storage.exists('file')).toBe(true);
  const uploads = setup.server.openMultipartUploads(setup.bucket).map(({ key }) => key);
  expect(uploads.sort()).toEqual([
    `probed/.storage/plan-${uuid(1)}/1`,
    `probed/.storage/probe-${uuid(1)}`,
  ]);
});

test('what was found can be handed to another provider, whole', async () => {
  const capabilities = await setup.storage({ server: 'generic' }).probe();
  expect(capabilities.checksums).toBe('full-object');
  const storage = setup.storage({ server: 'generic', capabilities });
  expect(storage.capabilities).toEqual(capabilities);
  setup.server.requests.reset();
  const condition = { type: 'absent' } as const;
  const { checksums } = await storage.upload('handed/over', 'x', { condition });
  expect((await storage.stat('handed/over')).checksums.crc32).toBe(checksums.crc32);
  expect(setup.server.requests.counts()).toEqual({ PutObject: 1, HeadObject: 1 });
  expect(storage.versions).toBeDefined();
});

const lacking = {
  tags: 'PutObjectTagging',
  versions: 'ListObjectVersions',
} as const;

for (const [capability, operation] of Object.entries(lacking)) {
  test(`a server without ${capability} is found out`, async () => {
    const storage = setup.storage();
    const fault = { type: 'error', operation } as const;
    setup.server.faults.add({ ...fault, code: 'NotImplemented', status: 501 });
    expect(await storage.probe()).toMatchObject({ ...ALL, [capability]: 'absent' });
    expect(storage[capability as keyof typeof lacking]).toBeUndefined();
  });

  test(`what is known of ${capability} stays where a role may not try`, async () => {
    const fault = { type: 'error', operation } as const;
    setup.server.faults.add({ ...fault, code: 'AccessDenied' });
    for (const known of ['native', 'absent'] as const) {
      const storage = setup.storage({ capabilities: { [capability]: known } });
      expect(await storage.probe()).toMatchObject({ [capability]: known });
    }
  });
}
