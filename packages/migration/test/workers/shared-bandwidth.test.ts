import { describe, expect, it } from 'vitest';
import { SharedBandwidth } from '../../src/workers/shared-bandwidth.js';

/** A coordinator that grants when it is told to. */
function setting(rate: number) {
  const asked: { readonly bytes: number; readonly grant: () => void }[] = [];
  const bandwidth = new SharedBandwidth(
    (bytes) =>
      new Promise((resolve) => {
        asked.push({ bytes, grant: resolve });
      }),
  );
  bandwidth.rate = rate;
  const granted: string[] = [];
  const wish = (name: string, bytes: number) => ({ bytes, grant: () => void granted.push(name) });
  return { bandwidth, asked, granted, wish };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a worker’s part in the bandwidth', () => {
  it('asks for nothing without a limit', () => {
    const { bandwidth, asked, granted, wish } = setting(Number.POSITIVE_INFINITY);
    bandwidth.ask(wish('a', 10));
    expect(granted).toEqual(['a']);
    expect(asked).toEqual([]);
  });

  it('asks for all that wait in one question, one after the other', async () => {
    const { bandwidth, asked, granted, wish } = setting(1_000);
    bandwidth.ask(wish('a', 10));
    bandwidth.ask(wish('b', 20));
    bandwidth.ask(wish('c', 30));
    expect(asked.map(({ bytes }) => bytes)).toEqual([10]);
    expect(granted).toEqual([]);
    asked[0]?.grant();
    await settled();
    expect(granted).toEqual(['a']);
    expect(asked.map(({ bytes }) => bytes)).toEqual([10, 50]);
    asked[1]?.grant();
    await settled();
    expect(granted).toEqual(['a', 'b', 'c']);
    bandwidth.ask(wish('d', 40));
    expect(asked.map(({ bytes }) => bytes)).toEqual([10, 50, 40]);
  });

  it('does not grant what was withdrawn', async () => {
    const { bandwidth, asked, granted, wish } = setting(1_000);
    const given = wish('a', 10);
    bandwidth.ask(given);
    bandwidth.withdraw(given);
    asked[0]?.grant();
    await settled();
    expect(granted).toEqual([]);
  });
});
