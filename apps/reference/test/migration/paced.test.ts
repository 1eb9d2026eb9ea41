import { expect, it } from 'vitest';
import { Paced } from '../../src/server/migration/paced.js';

const AN_HOUR = 3_600_000;

/** What is found out at each look, in order, once the test lets it be. */
function findings() {
  const looks: ReturnType<typeof promised>[] = [];
  const paced = new Paced(() => {
    const look = promised();
    looks.push(look);
    return look.promise;
  }, AN_HOUR);
  return { looks, paced };
}

function promised() {
  let resolve: (value: number) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<number>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}

it('is found out once for all who look, and believed', async () => {
  const { looks, paced } = findings();
  const both = [paced.look(), paced.look()];
  looks[0]?.resolve(1);
  expect(await Promise.all([...both, paced.look()])).toEqual([1, 1, 1]);
  expect(looks).toHaveLength(1);
});

it('is found out anew once it is forgotten', async () => {
  const { looks, paced } = findings();
  const first = paced.look();
  looks[0]?.resolve(1);
  await first;
  paced.forget();
  const second = paced.look();
  looks[1]?.resolve(2);
  expect(await second).toBe(2);
});

it('is not believed if it was forgotten while it was being found out', async () => {
  const { looks, paced } = findings();
  const before = paced.look();
  paced.forget();
  const after = paced.look();
  looks[0]?.resolve(1);
  expect(await before).toBe(1); // who asked before is told what was found
  const third = paced.look();
  looks[1]?.resolve(2);
  expect(await Promise.all([after, third, paced.look()])).toEqual([2, 2, 2]);
  expect(looks).toHaveLength(2);
});

it('is asked for again after a failure', async () => {
  const { looks, paced } = findings();
  const failed = paced.look();
  looks[0]?.reject(new Error('not now'));
  await expect(failed).rejects.toThrow('not now');
  const second = paced.look();
  looks[1]?.resolve(2);
  expect(await second).toBe(2);
});
