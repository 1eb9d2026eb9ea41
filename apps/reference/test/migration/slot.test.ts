import { expect, it, vi } from 'vitest';
import { Slot } from '../../src/server/migration/slot.js';

it('is for one thing at a time, and is free when that has ended, however it did', async () => {
  const slot = new Slot();
  const ended = vi.fn();
  let fail = (_: Error) => {};
  const run = () =>
    new Promise<void>((_, reject) => {
      fail = reject;
    });
  slot.begin('migrate', run, ended);
  const second = vi.fn(async () => {});
  expect(() => slot.begin('verify', second, ended)).toThrow('this process is at work already');
  expect(second).not.toHaveBeenCalled();
  expect(slot.work?.kind).toBe('migrate');
  fail(new Error('broken'));
  await vi.waitFor(() => expect(slot.work).toBeUndefined());
  expect(ended.mock.calls).toMatchObject([[{ code: 'Unknown', message: 'broken' }]]);
  slot.begin('verify', second, ended);
  await slot.stop();
  expect(second).toHaveBeenCalledOnce();
  expect(ended).toHaveBeenLastCalledWith(undefined);
});

it('is stopped when what is in flight has been finished', async () => {
  const slot = new Slot();
  const order: string[] = [];
  slot.begin(
    'migrate',
    ({ stop }) =>
      new Promise((resolve) => {
        stop.addEventListener('abort', () => setImmediate(() => resolve(void order.push('done'))));
      }),
    () => order.push('told'),
  );
  await slot.stop();
  expect(order).toEqual(['done', 'told']);
});
