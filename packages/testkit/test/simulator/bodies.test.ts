import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SimulatedStore, type SimulatedStoreOptions } from '../../src/simulator/index.js';
import { exploreAll, outcome, outcomes, read } from './outcomes.js';

/** What a reader gets of a file of two chunks, beside a process that changes it. */
function reads(
  change: (store: SimulatedStore) => void,
  options: Partial<SimulatedStoreOptions> = {},
): Promise<string[]> {
  return outcomes((simulation) => {
    const store = new SimulatedStore(simulation, {
      ...{ name: 'store', etags: 'unique', chunkSize: 2 },
      ...options,
    });
    store.set('k', 'abcd');
    const [a, b] = [simulation.process('A'), simulation.process('B')];
    const found: string[] = [];
    a.spawn('read', async () => {
      const content: string[] = [];
      const result = await outcome(
        read(store.client(a), 'k').then((text) => content.push(text ?? 'none')),
      );
      found.push(...(result === 'ok' ? content : [result]));
    });
    b.spawn('change', () => b.step('change', () => change(store)));
    return () => found.join();
  });
}

test('who opened a file reads it whole, whatever becomes of the key', async () => {
  expect(await reads((store) => store.remove('k'))).toEqual(['abcd', 'none']);
  expect(await reads((store) => void store.set('k', 'wxyz'))).toEqual(['abcd', 'wxyz']);
});

test('who reads a file that is written into sees a mixture', async () => {
  const seen = await reads((store) => store.overwriteInPlace('k', 'wxyz'));
  expect(seen).toEqual(['abcd', 'abyz', 'wxyz']);
});

test('who reads a file that is cut short sees a shorter one', async () => {
  const seen = await reads((store) => store.overwriteInPlace('k', 'w'));
  expect(seen).toEqual(['ab', 'abcd', 'w']);
});

test('a store that looks at the file again fails the body before its last chunk', async () => {
  const change = (store: SimulatedStore) => store.overwriteInPlace('k', 'wxyz');
  expect(await reads(change, { tornReads: 'conflict' })).toEqual(['Conflict', 'abcd', 'wxyz']);
  const replace = (store: SimulatedStore) => void store.set('k', 'wxyz');
  expect(await reads(replace, { tornReads: 'conflict' })).toEqual(['abcd', 'wxyz']);
});

test('a file that was written into has another ETag', async () => {
  await exploreAll((simulation) => {
    const store = new SimulatedStore(simulation, { name: 'store', etags: 'unique' });
    const before = store.set('k', 'v').metadata;
    store.overwriteInPlace('k', 'longer');
    const after = store.files.get('k')?.metadata;
    return () => {
      expect(after?.etag).not.toBe(before.etag);
      expect(after?.size).toBe(6);
      expect(after?.lastModified.getTime()).toBeGreaterThan(before.lastModified.getTime());
    };
  });
});

test('an empty file is read, copied and uploaded', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, { name: 'store', etags: 'content', chunkSize: 2 });
    const a = simulation.process('A');
    const found: (string | undefined)[] = [];
    a.spawn('t', async () => {
      const client = store.client(a);
      await client.upload('k', '');
      const { body } = await client.download('k');
      await client.upload('l', body);
      found.push(await read(client, 'l'));
    });
    return () => JSON.stringify(found);
  });
  expect(seen).toEqual(['[""]']);
});

test('every form of body is uploaded', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, { name: 'store', etags: 'content' });
    const a = simulation.process('A');
    async function* generate() {
      yield Buffer.from('ge');
      yield Buffer.from('nerated');
    }
    a.spawn('t', async () => {
      const client = store.client(a);
      await client.upload('1', 'text');
      await client.upload('2', Buffer.from('bytes'));
      await client.upload('3', generate());
      await client.upload('4', Readable.from([Buffer.from('str'), Buffer.from('eam')]));
    });
    return () => JSON.stringify(store.snapshot());
  });
  expect(seen).toEqual(['{"1":"text","2":"bytes","3":"generated","4":"stream"}']);
});

test('an upload reads its body to the end before it asks the store', async () => {
  const seen = await outcomes((simulation) => {
    const source = new SimulatedStore(simulation, {
      name: 'source',
      etags: 'unique',
      chunkSize: 1,
    });
    const target = new SimulatedStore(simulation, { name: 'target', etags: 'content' });
    source.set('k', 'abc');
    const a = simulation.process('A');
    a.spawn('t', async () => {
      const { body } = await source.client(a).download('k');
      await target.client(a).upload('k', body);
    });
    return () => simulation.trace.map((line) => /› (\w+ \w+)/.exec(line)?.[1]).join();
  });
  expect(seen).toEqual([',source download,source read,source read,target upload']);
});

test('a body that is destroyed is not read', async () => {
  await exploreAll((simulation) => {
    const store = new SimulatedStore(simulation, { name: 'store', etags: 'unique', chunkSize: 1 });
    store.set('k', 'abcdef');
    const a = simulation.process('A');
    a.spawn('t', async () => {
      const { body } = await store.client(a).download('k');
      body.destroy();
    });
    return async () => {
      await turn();
      expect(simulation.trace.filter((line) => line.includes('read on'))).toEqual([]);
    };
  });
});

test('no more than one chunk is read ahead of the reader', async () => {
  await exploreAll((simulation) => {
    const store = new SimulatedStore(simulation, { name: 'store', etags: 'unique', chunkSize: 1 });
    store.set('k', 'abcdef');
    const a = simulation.process('A');
    a.spawn('t', async () => {
      const { body } = await store.client(a).download('k');
      await body[Symbol.asyncIterator]().next();
    });
    return () => {
      const reads = simulation.trace.filter((line) => line.includes('read on'));
      expect(reads.length).toBeLessThan(2);
    };
  });
});

test('a body fails with the store', async () => {
  const seen = await reads((store) => {
    store.down = true;
  });
  expect(seen).toEqual(['Unavailable', 'abcd']);
});
