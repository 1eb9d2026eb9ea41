import { Readable } from 'node:stream';
import { MemoryStorageProvider, readAll } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { type Fault, withFaults } from '../../src/faults/index.js';
import { partedProvider } from '../conformance/mutants/parted-provider.js';
import { signingProvider } from '../conformance/mutants/signing-provider.js';

const CONTENT = Buffer.from('0123456789'.repeat(20_000));

function open() {
  return withFaults(new MemoryStorageProvider());
}

async function withFile(content: string | Buffer = CONTENT) {
  const provider = open();
  await provider.upload('file', content);
  return provider;
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('an error', () => {
  it('strikes before anything is done, and tells where', async () => {
    const provider = open();
    const fault = provider.faults.add({ type: 'error', code: 'Throttled', operation: 'upload' });
    const body = Readable.from([CONTENT]);
    await expect(provider.upload('file', body)).rejects.toMatchObject({
      code: 'Throttled',
      retryable: true,
      operation: 'upload',
      provider: 'memory',
      key: 'file',
    });
    expect(body.destroyed).toBe(true);
    expect(await provider.exists('file')).toBe(false);
    expect(fault.hits).toBe(1);
    fault.remove();
    await provider.upload('file', CONTENT);
    expect(fault.hits).toBe(1);
  });

  it('has the message and says of a retry what it was told to', async () => {
    const provider = await withFile();
    provider.faults.add({ type: 'error', code: 'Unknown', message: 'out of ink', retryable: true });
    await expect(provider.stat('file')).rejects.toMatchObject({
      message: 'out of ink',
      retryable: true,
    });
  });

  it('makes a store unhealthy, and does not make the check of its health throw', async () => {
    const provider = open();
    provider.faults.add({ type: 'error', code: 'Unavailable', operation: 'checkHealth' });
    const report = await provider.checkHealth();
    expect(report).toMatchObject({ healthy: false, error: { code: 'Unavailable' } });
  });
});

describe('a lost answer', () => {
  it('comes after the effect', async () => {
    const provider = open();
    provider.faults.add({ type: 'lost-answer', operation: ['upload', 'delete'] });
    await expect(provider.upload('file', CONTENT)).rejects.toThrow(code('Timeout'));
    expect((await provider.stat('file')).size).toBe(CONTENT.byteLength);
    await expect(provider.delete('file')).rejects.toThrow(code('Timeout'));
    expect(await provider.exists('file')).toBe(false);
  });
});

describe('a delay', () => {
  it('ends when the signal fires', async () => {
    const provider = await withFile();
    provider.faults.add({ type: 'delay', milliseconds: 3_600_000 });
    const controller = new AbortController();
    const stat = provider.stat('file', { signal: controller.signal });
    controller.abort();
    await expect(stat).rejects.toMatchObject({ code: 'Aborted', operation: 'stat', key: 'file' });
  });

  it('lets what is faster overtake', async () => {
    const provider = await withFile();
    const fault = provider.faults.add({ type: 'delay', milliseconds: 20, operation: 'stat' });
    const order: string[] = [];
    const slow = provider.stat('file').then(() => order.push('stat'));
    await provider.exists('file').then(() => order.push('exists'));
    await slow;
    expect(order).toEqual(['exists', 'stat']);
    expect(fault.hits).toBe(1);
  });
});

describe('a body', () => {
  it.each([0, 1, 70_000, CONTENT.byteLength - 1])(
    'of a download breaks after %i bytes',
    async (after) => {
      const provider = await withFile();
      provider.faults.add({ type: 'break-download', after });
      const { body, metadata } = await provider.download('file');
      expect(metadata.size).toBe(CONTENT.byteLength);
      const read: Buffer[] = [];
      const reading = async () => {
        for await (const chunk of body as AsyncIterable<Buffer>) read.push(chunk);
      };
      await expect(reading()).rejects.toMatchObject({ code: 'Unavailable', key: 'file' });
      expect(Buffer.concat(read)).toEqual(CONTENT.subarray(0, after));
    },
  );

  it('that has no more bytes does not break', async () => {
    const provider = await withFile();
    provider.faults.add({ type: 'break-download', after: CONTENT.byteLength });
    const { body } = await provider.download('file');
    expect(await readAll(body)).toEqual(CONTENT);
  });

  it.each([0, 99_999, CONTENT.byteLength - 1])('has another byte at %i', async (offset) => {
    const provider = await withFile();
    provider.faults.add({ type: 'corrupt-download', offset });
    const { body } = await provider.download('file');
    const expected = Buffer.from(CONTENT);
    expected[offset] = (expected[offset] ?? 0) ^ 0xff;
    expect(await readAll(body)).toEqual(expected);
  });

  it.each([0, 1, 70_000])('ends after %i bytes as if that were all', async (length) => {
    const provider = await withFile();
    provider.faults.add({ type: 'truncate-download', length });
    const { body } = await provider.download('file');
    expect(await readAll(body)).toEqual(CONTENT.subarray(0, length));
  });

  it('that is let go of, read or not, lets go of the original', async () => {
    const original = new MemoryStorageProvider();
    await original.upload('file', CONTENT);
    const opened: Readable[] = [];
    const download = original.download.bind(original);
    original.download = async (...call) => {
      const found = await download(...call);
      opened.push(found.body);
      return found;
    };
    const provider = withFaults(original);
    provider.faults.add({ type: 'break-download', after: 100_000 });
    for (const reads of [false, true]) {
      const { body } = await provider.download('file');
      if (reads) for await (const _ of body) break;
      body.destroy();
      await expect.poll(() => opened.at(-1)?.destroyed).toBe(true);
    }
  });

  it('of an upload breaks, and nothing is stored', async () => {
    const provider = await withFile('old');
    provider.faults.add({ type: 'break-upload', after: 100_000, code: 'QuotaExceeded' });
    for (const body of [CONTENT, Readable.from([CONTENT])]) {
      await expect(provider.upload('file', body)).rejects.toThrow(code('QuotaExceeded'));
    }
    const { body } = await provider.download('file');
    expect(String(await readAll(body))).toBe('old');
    await provider.upload('small', 'less than that');
  });
});

describe('a listing', () => {
  it('breaks after so many entries', async () => {
    const provider = open();
    for (const key of ['a', 'b', 'c']) await provider.upload(key, key);
    provider.faults.add({ type: 'break-listing', after: 2 });
    const seen: string[] = [];
    const list = async () => {
      for await (const entry of provider.list()) if (entry.type === 'file') seen.push(entry.key);
    };
    await expect(list()).rejects.toMatchObject({ code: 'Unavailable', operation: 'list' });
    expect(seen).toEqual(['a', 'b']);
  });
});

describe('a fault', () => {
  const strikes = async (fault: Omit<Fault, 'type'>, keys: readonly string[]) => {
    const provider = open();
    provider.faults.add({ type: 'error', code: 'Unavailable', ...fault } as Fault);
    const outcomes = await Promise.all(
      keys.map((key) =>
        provider.upload(key, key).then(
          () => '.',
          () => 'x',
        ),
      ),
    );
    return outcomes.join('');
  };
  const many = Array.from({ length: 200 }, (_, i) => `key ${i}`);

  it('strikes from the nth call on, so many times', async () => {
    expect(await strikes({ from: 3 }, [...'abcde'])).toBe('..xxx');
    expect(await strikes({ times: 2 }, [...'abcde'])).toBe('xx...');
    expect(await strikes({ from: 2, times: 1 }, [...'abcde'])).toBe('.x...');
  });

  it('strikes the keys that it names', async () => {
    expect(await strikes({ key: 'b' }, ['a', 'b', 'bb'])).toBe('.x.');
    expect(await strikes({ key: /^b/ }, ['a', 'b', 'bb'])).toBe('.xx');
    expect(await strikes({ key: /b/g }, ['b', 'b', 'b'])).toBe('xxx');
  });

  it('strikes the operations that it names', async () => {
    expect(await strikes({ operation: 'stat' }, ['a'])).toBe('.');
    expect(await strikes({ operation: ['stat', 'upload'] }, ['a'])).toBe('x');
  });

  it('strikes by its dice, the same for the same seed', async () => {
    const some = await strikes({ probability: 0.3, seed: 7 }, many);
    const count = [...some].filter((outcome) => outcome === 'x').length;
    expect(count).toBeGreaterThan(30);
    expect(count).toBeLessThan(90);
    expect(await strikes({ probability: 0.3, seed: 7 }, many)).toBe(some);
    expect(await strikes({ probability: 0.3, seed: 8 }, many)).not.toBe(some);
    expect(await strikes({ probability: 0 }, many)).not.toContain('x');
  });

  it('is gone when all are cleared', async () => {
    const provider = open();
    provider.faults.add({ type: 'error', code: 'Unavailable' });
    provider.faults.clear();
    await provider.upload('file', CONTENT);
  });

  it('is not counted by operations that it can’t strike', async () => {
    const provider = await withFile();
    const fault = provider.faults.add({ type: 'truncate-download', length: 0, times: 1 });
    await provider.stat('file');
    await provider.upload('file', CONTENT);
    expect(fault.hits).toBe(0);
    const { body } = await provider.download('file');
    expect(await readAll(body)).toHaveLength(0);
  });
});

describe('every operation', () => {
  const whole = () =>
    withFaults(signingProvider(partedProvider(new MemoryStorageProvider({ versions: true }))));
  type Whole = ReturnType<typeof whole>;
  const all = async (entries: AsyncIterable<unknown> | undefined) => {
    for await (const _ of entries ?? []);
  };
  const part = { number: 1, etag: 'x' as never };

  const CALLS: Readonly<Record<string, (provider: Whole) => Promise<unknown> | undefined>> = {
    upload: (provider) => provider.upload('file', 'new'),
    download: (provider) => provider.download('file'),
    stat: (provider) => provider.stat('file'),
    exists: (provider) => provider.exists('file'),
    delete: (provider) => provider.delete('file'),
    deleteMany: (provider) => provider.deleteMany(['file']),
    list: (provider) => all(provider.list()),
    copy: (provider) => provider.copy('file', 'to'),
    move: (provider) => provider.move('file', 'to'),
    close: (provider) => provider.close(),
    createDownloadUrl: (provider) => provider.createDownloadUrl?.('file'),
    createUploadTicket: (provider) => provider.createUploadTicket?.('file'),
    getTags: (provider) => provider.tags?.get('file'),
    setTags: (provider) => provider.tags?.set('file', {}),
    listVersions: (provider) => all(provider.versions?.list()),
    restoreVersion: (provider) => provider.versions?.restore('file', 'id'),
    listUploads: (provider) => all(provider.multipart?.list()),
    listParts: (provider) => all(provider.multipart?.listParts('file', 'id')),
    completeUpload: (provider) => provider.multipart?.complete('file', 'id', [part]),
    abortUpload: (provider) => provider.multipart?.abort('file', 'id'),
    sweepUploads: (provider) => provider.multipart?.sweep({ initiatedBefore: new Date(0) }),
  };

  it.each(Object.entries(CALLS))('%s can fail by its name', async (operation, call) => {
    const provider = whole();
    await provider.upload('file', 'content');
    const fault = provider.faults.add({ type: 'error', code: 'AccessDenied' });
    await expect(call(provider)).rejects.toMatchObject({ code: 'AccessDenied', operation });
    expect(fault.hits).toBe(1);
  });
});
