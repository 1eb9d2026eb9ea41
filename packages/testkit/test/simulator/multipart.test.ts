import { expect, test } from 'vitest';
import { SimulatedStore, type SimulatedStoreOptions } from '../../src/simulator/index.js';
import { exploreAll, outcome, outcomes } from './outcomes.js';

const parts = (options: Partial<SimulatedStoreOptions> = {}): SimulatedStoreOptions => ({
  ...{ name: 'store', etags: 'content', partSize: 2 },
  ...options,
});

test('a large body is begun, sent in parts, and completed; a small one is one request', async () => {
  await exploreAll((simulation) => {
    const store = new SimulatedStore(simulation, parts());
    const a = simulation.process('A');
    const ids: string[] = [];
    a.spawn('t', async () => {
      const onMultipartUpload = (id: string) => void ids.push(id);
      await store.client(a).upload('small', 'v', { onMultipartUpload });
      await store.client(a).upload('k', 'abcde', { onMultipartUpload });
    });
    return () => {
      expect(
        simulation.trace.slice(1).map((line) => line.replace(/.*› store (.*) → .*/, '$1')),
      ).toEqual([
        'upload small "v"',
        'begin upload of k',
        'upload part 1 of k',
        'upload part 2 of k',
        'upload part 3 of k',
        'complete k "abcde"',
      ]);
      expect(store.snapshot()).toEqual({ k: 'abcde', small: 'v' });
      expect(ids).toHaveLength(1);
      expect(store.unfinishedUploads).toEqual([]);
    };
  });
});

test('the condition is looked at when the upload is completed', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, parts());
    const [a, b] = [simulation.process('A'), simulation.process('B')];
    const answers: string[] = [];
    a.spawn('t', async () => {
      const condition = { type: 'absent' } as const;
      answers.push(await outcome(store.client(a).upload('k', 'abc', { condition })));
    });
    b.spawn('t', () => store.client(b).upload('k', 'b'));
    return () => `${answers} ${store.snapshot()['k']} ${store.unfinishedUploads.length}`;
  });
  expect(seen).toEqual(['AlreadyExists b 0', 'ok b 0']);
});

test('a process that crashes leaves its parts, which another one lists and aborts', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, parts());
    const a = simulation.process('A');
    a.spawn('t', () => store.client(a).upload('k', 'abc'));
    simulation.crashes({ of: a, atMost: 1 });
    return async () => {
      const left = store.unfinishedUploads.length;
      await simulation.settle(async (process) => {
        const { multipart } = store.client(process);
        for await (const { key, uploadId } of multipart?.list({ prefix: 'k' }) ?? [])
          await multipart?.abort(key, uploadId);
      });
      return `${left} ${store.unfinishedUploads.length} ${store.files.size}`;
    };
  });
  expect(seen).toEqual(['0 0 0', '0 0 1', '1 0 0']);
});

test('a sweep aborts the uploads that were begun before a moment', async () => {
  await exploreAll((simulation) => {
    const store = new SimulatedStore(simulation, parts());
    const a = simulation.process('A');
    a.spawn('t', async () => {
      await store.client(a).upload('k', 'abc', { onMultipartUpload: () => a.crash() });
    });
    return async () => {
      const [upload] = store.unfinishedUploads;
      const sweep = (milliseconds: number) =>
        simulation.settle(async (process) => {
          const initiatedBefore = new Date((upload?.initiated.getTime() ?? 0) + milliseconds);
          return store.client(process).multipart?.sweep({ initiatedBefore });
        });
      expect(await sweep(0)).toEqual({ aborted: [], failed: [] });
      expect(await sweep(1)).toEqual({ aborted: [upload], failed: [] });
      expect(store.unfinishedUploads).toEqual([]);
    };
  });
});

test('an upload that fails aborts itself, as far as the store lets it', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, parts({ faults: { refused: 2 } }));
    const a = simulation.process('A');
    const answers: string[] = [];
    a.spawn('t', async () => {
      answers.push(await outcome(store.client(a).upload('k', 'abc')));
    });
    return () => `${answers} ${store.files.size} ${store.unfinishedUploads.length}`;
  });
  expect(seen).toEqual(['Unavailable 0 0', 'Unavailable 0 1', 'ok 1 0']);
});

test('a part of an upload that was aborted from elsewhere is a conflict', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, parts());
    const [a, b] = [simulation.process('A'), simulation.process('B')];
    const answers: string[] = [];
    a.spawn('t', async () => {
      answers.push(await outcome(store.client(a).upload('k', 'abc')));
    });
    b.spawn('t', async () => {
      for (const { key, uploadId } of store.unfinishedUploads)
        await store.client(b).multipart?.abort(key, uploadId);
    });
    return () => `${answers} ${store.files.size}`;
  });
  expect(seen).toEqual(['Conflict 0', 'ok 1']);
});

test('a completion that arrives late makes the file after its client was told that it had failed', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, parts({ faults: { delayed: 1 } }));
    const a = simulation.process('A');
    const answers: string[] = [];
    a.spawn('t', async () => {
      const failed = await outcome(store.client(a).upload('k', 'abc'));
      answers.push(failed, String(store.files.size));
    });
    return () => `${answers} ${store.files.size}`;
  });
  // The abort comes before the completion, or the file is there before the client goes on.
  expect(seen).toContain('Timeout,1 1');
  expect(seen).toContain('Timeout,0 0');
  expect(seen).toContain('ok,1 1');
});

test.each([
  ['the same content', 'abcde', 'ok', ['abcde', 'one'], 0],
  ['a first part of another content', 'xbcde', 'ok', ['xbcde', 'two'], 0],
  ['a later part of another content', 'abxde', 'Conflict', undefined, 0],
  ['less content', 'ab', 'Conflict', undefined, 0],
])('an upload that is kept is gone on with: %s', async (_, again, told, held, left) => {
  await exploreAll((simulation) => {
    const options = parts({ capabilities: { resumableUpload: 'native' } });
    const store = new SimulatedStore(simulation, options);
    const a = simulation.process('A');
    let [uploadId, second] = ['', ''];
    a.spawn('t', async () => {
      const client = store.client(a);
      const onProgress = (bytes: number) => {
        store.down = bytes === 4; // two of three parts are there
      };
      const onMultipartUpload = (id: string) => {
        uploadId = id;
      };
      const kept = { keepParts: true, metadata: { begun: 'one' }, onMultipartUpload, onProgress };
      await outcome(client.upload('k', 'abcde', kept));
      store.down = false;
      second = await outcome(client.upload('k', again, { uploadId, metadata: { begun: 'two' } }));
    });
    return () => {
      expect(second).toBe(told);
      const file = store.files.get('k');
      expect(file && [file.content, file.metadata.metadata['begun']]).toEqual(held);
      expect(store.unfinishedUploads).toHaveLength(left);
    };
  });
});
