import type { SkippedEntry } from '@org/storage-core';
import { parseKey } from '@org/storage-core';
import type { FleetRegistry } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import { cutover, gate, restoreFiles, verify } from '../../src/index.js';
import { fleetWithDisks } from '../disks.js';
import { altered, temporaryJournal } from '../fixtures.js';
import { postgresServer } from '../postgres.js';

const postgres = postgresServer();

const fleet = () => fleetWithDisks(postgres.shared().pool({ max: 8 }));

/** What keeps a gate shut, and what is said of the disks. */
async function shutBy(look: ReturnType<typeof gate>) {
  const { open, conditions, disks } = await look;
  const shut = conditions.filter(({ holds }) => holds !== true).map(({ id }) => id);
  expect(open).toBe(shut.length === 0);
  const said = disks.flatMap(({ name, holds, evidence, mend }) => {
    expect(mend === undefined).toBe(holds === true);
    return holds === true ? [] : [`${name}: ${evidence}`];
  });
  return { shut, said };
}

const OPEN = { shut: [], said: [] };
const shutWith = (...said: RegExp[]) => ({
  shut: ['disks'],
  said: said.map((pattern) => expect.stringMatching(pattern)),
});

describe('the gate of hosts with disks of their own', () => {
  it('opens when each host has looked at its own disk and has nothing left', async () => {
    const { done } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await done('web2', { b: '2' })];
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: nobody has looked at it yet/));
    expect(await shutBy(web2.look())).toEqual(OPEN);
    expect(await shutBy(web1.look({ expected: ['web1', 'web2'] }))).toEqual(OPEN);
    const { disks, conditions } = await web1.look();
    expect(disks).toEqual([{ name: 'web2', holds: true, evidence: expect.any(String) }]);
    expect(conditions.at(-1)).toMatchObject({
      id: 'disks',
      evidence: expect.stringContaining('1 disk of other hosts can be given up: web2'),
    });
  });

  it('is shut while a disk that is expected has no journal, and no other host can open it', async () => {
    const { done } = await fleet();
    const web1 = await done('web1', { a: '1' });
    expect(await shutBy(web1.look({ expected: ['web2'] }))).toEqual(
      shutWith(/^web2: it has no journal/),
    );
    expect(await shutBy(web1.look())).toEqual(OPEN);
  });

  it('is shut while another host has files left, and tells so', async () => {
    const { disk, done } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await disk('web2', { b: '2' })];
    await web2.copy();
    await verify(web2);
    await web2.look();
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*1 file is in the source/));
    await web2.retire();
    await web2.look();
    expect(await shutBy(web1.look())).toEqual(OPEN);
  });

  it('goes by the journals of the others, as they are now', async () => {
    const { done } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await done('web2', { b: '2' })];
    await web2.look();
    expect(await shutBy(web1.look({ verifiedBy: 'content' }))).toMatchObject({
      said: [expect.stringMatching(/^web2: 1 of 1 copy was not/)],
    });
    await web2.journal.recordResult(parseKey('b'), { state: 'lost', attempts: 1 });
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*1 is lost/));
  });

  it('takes no look that is older than the last run there, nor one from the middle of a run', async () => {
    const { done } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await done('web2', { b: '2' })];
    await web2.look();
    await restoreFiles({ ...web2, live: true });
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*a run has begun since: restore/));
    await web2.retire();
    const { id } = await web2.journal.startRun('restore');
    await web2.look();
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*restore is under way/));
    await web2.journal.endRun(id, 'complete');
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*a run is under way: restore/));
    await web2.look();
    expect(await shutBy(web1.look())).toEqual(OPEN);
  });

  it('takes no look from before the hand-over', async () => {
    const { done, put } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await done('web2', { b: '2' })];
    await put('one', { stages: ['hybrid'] });
    await web2.look();
    await put('one', { since: 2 });
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*not all processes were beyond/));
    await web2.look();
    expect(await shutBy(web1.look())).toEqual(OPEN);
  });

  it('takes a look as long as one process has stayed beyond the hand-over since', async () => {
    const { done, put, leave } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await done('web2', { b: '2' })];
    await web2.look();
    await put('new', { since: 3 });
    await leave('other');
    expect(await shutBy(web1.look())).toEqual(OPEN);
    await put('one', { since: 9 }); // it was elsewhere, and has come back
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*no process has stayed/));
    await web2.look();
    expect(await shutBy(web1.look())).toEqual(OPEN);
    await leave('one');
    await leave('new');
    await put('restarted');
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*no process has stayed/));
  });

  it('takes no look by processes that don’t tell since when they are where they are', async () => {
    const { done, put } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await done('web2', { b: '2' })];
    for (const id of ['one', 'other']) await put(id, { since: undefined });
    await web2.look();
    expect((await shutBy(web1.look())).shut).toEqual(['disks']);
  });

  it('accepts what another host has accepted only if that is accepted here', async () => {
    const { done } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await done('web2', { b: '2' })];
    const link: SkippedEntry = { path: 'l', reason: 'link', detail: 'a link' };
    const source = altered(web2.source, {
      async *list(options) {
        options?.onSkip?.(link);
        yield* [];
      },
    });
    await web2.look({ source });
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*1 thing in the source/));
    await web2.look({ source, accept: ['link'] });
    expect(await shutBy(web1.look())).toEqual(shutWith(/^web2: .*is not accepted here: link/));
    expect(await shutBy(web1.look({ accept: ['link'] }))).toEqual(OPEN);
  });

  it('can’t be known where the other disks can’t be', async () => {
    const { done, registry } = await fleet();
    const { source, journal } = await done('web1', { a: '1' });
    const { shut } = await shutBy(gate({ source, journal, registry }));
    expect(shut).toEqual(['disks']);
    const alone = { source, journal, registry, disks: { expected: ['web1'] } };
    expect(await shutBy(gate(alone))).toEqual(OPEN);
    const plain = { source, journal: await temporaryJournal(), registry };
    await expect(gate({ ...plain, disks: { expected: [] } })).rejects.toMatchObject({
      code: 'InvalidArgument',
    });
  });

  it('lets the cutover go through, and looks at the others once more under the lease', async () => {
    const { done, registry, journals } = await fleet();
    const [web1, web2] = [await done('web1', { a: '1' }), await done('web2', { b: '2' })];
    const late: FleetRegistry = {
      ...registry,
      async nextToken() {
        const { id } = await web2.journal.startRun('restore'); // while the lease is being given
        await web2.journal.endRun(id, 'complete');
        return registry.nextToken();
      },
    };
    const { source, journal } = web1;
    const options = { source, journal, disks: { expected: ['web2'], journals } };
    expect(await cutover({ ...options, registry })).toMatchObject({ outcome: 'shut' });
    await web2.look();
    expect(await cutover({ ...options, registry: late })).toMatchObject({ outcome: 'shut' });
    expect(await registry.wanted()).toBeUndefined();
    await web2.look();
    expect(await cutover({ ...options, registry, dryRun: true })).toMatchObject({
      outcome: 'open',
    });
  });
});
