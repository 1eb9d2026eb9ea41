import { parseKey } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { Progress } from '../src/index.js';

const key = parseKey('a');

describe('progress', () => {
  it('counts what is resolved, and what is under way of the rest', () => {
    const progress = new Progress(undefined, () => 0);
    progress.record({ type: 'scanning', seen: { files: 2, bytes: 30 } });
    expect(progress.snapshot()).toMatchObject({
      phase: 'scanning',
      total: { files: 2, bytes: 30 },
    });
    const todo = { files: 2, bytes: 30 };
    progress.record({ type: 'scanned', seen: todo, todo });
    progress.record({ type: 'file', key: parseKey('b'), size: 20, state: 'copied' });
    progress.record({ type: 'transfer', key, bytes: 4 });
    expect(progress.snapshot()).toMatchObject({ phase: 'working', done: { files: 1, bytes: 24 } });
  });

  it('tells what is read ahead of large files, until they are sent', () => {
    const progress = new Progress({ files: 1, bytes: 10 }, () => 0);
    progress.record({ type: 'hashing', key, bytes: 8 });
    expect(progress.snapshot()).toMatchObject({ hashed: 8, done: { files: 0, bytes: 0 } });
    progress.record({ type: 'transfer', key, bytes: 2 });
    expect(progress.snapshot()).toMatchObject({ hashed: 0, done: { files: 0, bytes: 2 } });
  });

  it('starts a file anew when it is retried', () => {
    const progress = new Progress({ files: 1, bytes: 10 }, () => 0);
    progress.record({ type: 'transfer', key, bytes: 9 });
    progress.record({ type: 'transfer', key, bytes: 2 });
    expect(progress.snapshot().done.bytes).toBe(2);
  });

  it('tells rates and the time left', () => {
    let now = 0;
    const progress = new Progress({ files: 10, bytes: 1000 }, () => now);
    expect(progress.snapshot().secondsLeft).toBeUndefined();
    for (let i = 0; i < 4; i++) {
      progress.record({ type: 'file', key, size: 100, state: 'copied' });
    }
    now = 2_000;
    expect(progress.snapshot()).toMatchObject({ byteRate: 200, fileRate: 2, secondsLeft: 3 });
  });

  it('tells the rates of the last ten seconds, however seldom it is asked', () => {
    let now = 0;
    const progress = new Progress({ files: 1000, bytes: 1000 }, () => now);
    const work = (files: number) => {
      for (let i = 0; i < files; i++)
        progress.record({ type: 'file', key, size: 1, state: 'copied' });
    };
    for (const second of [0, 5, 10, 15]) {
      now = second * 1000;
      progress.snapshot();
      work(100);
    }
    work(100);
    now = 20_000;
    expect(progress.snapshot().fileRate).toBe(30);
  });
});
