import { describe, expect, it } from 'vitest';
import { type Check, failure, ok } from '../src/doctor/check.js';
import { examine } from '../src/doctor/examine.js';

describe('checks', () => {
  const check = (id: string, more: Partial<Check> = {}): Check => ({
    ...{ id, title: id, hindrance: `${id} is wrong` },
    run: async () => [ok('well')],
    ...more,
  });
  const patient = { mode: 'target', role: 'readonly', limit: 50, s3: {} } as const;

  it('that hang are failures, and others are made all the same', async () => {
    const hangs = check('a', { run: () => new Promise(() => {}) });
    const found = await examine(
      [hangs, check('b'), check('c', { needs: ['a'] })],
      patient,
      new AbortController().signal,
    );
    expect(found.map(({ findings, skipped }) => skipped ?? findings[0]?.text)).toEqual([
      'no answer within 0.05 s',
      'well',
      'a is wrong',
    ]);
  });

  it('that are late tidy up before the end', async () => {
    let tidied = false;
    const run = (_: unknown, signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          setTimeout(() => {
            tidied = true;
            reject(signal.reason);
          }, 10);
        });
      });
    await examine([check('a', { run })], patient, new AbortController().signal);
    expect(tidied).toBe(true);
  });

  it('are skipped for the first cause', async () => {
    const checks = [
      check('a', { run: async () => [failure('broken')] }),
      check('b', { needs: ['a'] }),
      check('c', { needs: ['b'] }),
    ];
    const [, b, c] = await examine(checks, patient, new AbortController().signal);
    expect([b?.skipped, c?.skipped]).toEqual(['a is wrong', 'a is wrong']);
  });

  it('tidy up when they are interrupted', async () => {
    const interrupt = new AbortController();
    let tidied = false;
    const run = (_: unknown, signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          setImmediate(() => {
            tidied = true;
            reject(signal.reason);
          });
        });
        interrupt.abort();
      });
    const examining = examine(
      [check('a', { run })],
      { ...patient, limit: 10_000 },
      interrupt.signal,
    );
    await expect(examining).rejects.toMatchObject({ code: 'Aborted' });
    expect(tidied).toBe(true);
  });
});
