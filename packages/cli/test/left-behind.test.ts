import { once } from 'node:events';
import { join } from 'node:path';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setting } from './fixtures.js';

/** A migration beside an application that is caught in the middle of its first file. */
async function underWay() {
  const made = await setting({ a: '1', b: '2' });
  const { storage, server, place, home } = made;
  const file = join(home, 'fleet.sqlite');
  const registry = sqliteFleetRegistry(file);
  const fleet = ['--fleet', `sqlite:${file}`] as const;
  const slow = server.faults.add({
    ...{ type: 'delay', milliseconds: 60_000, method: 'PUT', key: 'files/a' },
  });
  const child = storage.start('migrate', ...place, ...fleet);
  child.stdout?.resume();
  child.stderr?.resume();
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await registry.close();
  });
  while (!server.requests.last().some(({ key }) => key === 'files/a' || key === 'files/b'))
    await new Promise((resolve) => setTimeout(resolve, 5));
  const [left] = await registry.list();
  return { ...made, registry, fleet, child, slow, id: left?.member.id ?? '' };
}

describe.runIf(process.platform === 'linux')('a command that is killed at once', () => {
  it('is gone on with at once by the same one; others are told how to go on', {
    timeout: 300_000,
  }, async () => {
    const { storage, place, fleet, registry, child, slow, id } = await underWay();
    child.kill('SIGKILL');
    await once(child, 'exit');
    slow.remove();

    const again = await storage.run('migrate', ...place, ...fleet);
    expect(again).toMatchObject({ code: 0 });
    expect((await registry.list()).map(({ member }) => member.id)).toEqual([id]);

    const retire = ['retire', ...place, ...fleet, '--yes'] as const;
    await storage.run('verify', ...place);
    const refused = await storage.run(...retire);
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stderr).toContain(`(${id}) is at work; its process has ended`);
    expect(refused.stderr).toContain('storage fleet --forget');

    const forgotten = await storage.run('fleet', ...fleet, '--forget', id, '--force');
    expect(forgotten).toMatchObject({ code: 0, stdout: `forgotten: ${id}\n` });
    expect(await storage.run(...retire)).toMatchObject({ code: 0 });
    const nobody = await storage.run('fleet', ...fleet, '--forget', id);
    expect(nobody).toMatchObject({ code: 2 });
    expect(nobody.stderr).toContain(`nobody in the fleet has the id "${id}"`);
  });

  it('is not taken for one that is suspended', { timeout: 300_000 }, async () => {
    const { storage, place, fleet, registry, child, id } = await underWay();
    child.kill('SIGSTOP');
    const second = await storage.run('migrate', ...place, ...fleet);
    expect(second).toMatchObject({ code: 3 });
    expect(second.stderr).toContain('is at work (');
    const kept = await storage.run('fleet', ...fleet, '--forget', id, '--force');
    expect(kept).toMatchObject({ code: 3, stdout: '' });
    expect(kept.stderr).toContain('is alive, or suspended, on this host');
    expect(await registry.list()).toHaveLength(1);
  });
});
