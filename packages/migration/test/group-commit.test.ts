import { describe, expect, it } from 'vitest';
import { GroupCommit } from '../src/journal/group-commit.js';

describe('group commit', () => {
  it('puts writes that come together into one transaction, in their order', async () => {
    const log: string[] = [];
    const commits = new GroupCommit((writes) => {
      log.push('begin');
      writes();
      log.push('commit');
    });
    await Promise.all(['a', 'b', 'c'].map((name) => commits.write(() => log.push(name))));
    await commits.write(() => log.push('d'));
    expect(log).toEqual(['begin', 'a', 'b', 'c', 'commit', 'begin', 'd', 'commit']);
  });

  it('resolves a write only after its commit', async () => {
    let committed = false;
    const commits = new GroupCommit((writes) => {
      writes();
      committed = true;
    });
    await commits.write(() => expect(committed).toBe(false));
    expect(committed).toBe(true);
  });

  it('rejects every write of a transaction that fails, and goes on', async () => {
    let full = true;
    const commits = new GroupCommit((writes) => {
      writes();
      if (full) throw new Error('disk full');
    });
    const results = await Promise.allSettled([commits.write(() => {}), commits.write(() => {})]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    full = false;
    await commits.write(() => {});
  });
});
