import { beforeEach, describe, expect, it } from 'vitest';

interface Known {
  readonly name: string;
  readonly size: number;
  deleting: number;
  gone: number;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly cut?: Error;
}

interface Ledger {
  readonly files: ReadonlyMap<string, Known>;
  written(name: string, size: number, file: { readonly id: string; readonly url: string }): void;
  unanswered(name: string, size: number): void;
  deleting(file: Known): (gone: boolean) => void;
  faultsOfList(names: readonly string[]): string[];
}

interface Policy {
  readonly findings: readonly string[];
  begin(kind: string): () => void;
  mayBreak(begun: number): boolean;
  judge(what: string, began: number, answer: Answer): boolean;
}

interface Modules {
  readonly Ledger: new () => Ledger;
  readonly Policy: new () => Policy;
  readonly contentOf: (name: string, size: number) => Buffer;
  readonly faultOfRead: (
    file: Known,
    began: number,
    answer: Answer,
    range?: readonly [number, number],
  ) => string | undefined;
  readonly growthOf: (
    samples: readonly { readonly instances: readonly { readonly rss: number }[] }[],
  ) => string[];
}

const home = new URL('../../../../benchmarks/load/', import.meta.url);
const modules = ['ledger', 'policy', 'content', 'leaks'].map(
  (name) => import(`${home}${name}.mjs`),
);
const { Ledger, Policy, contentOf, faultOfRead, growthOf }: Modules = Object.assign(
  {},
  ...(await Promise.all(modules)),
);

const nothing = Buffer.alloc(0);
const later = { 'retry-after': '5' };

describe('what is wrong with an answer about a file', () => {
  let ledger: Ledger;
  let file: Known;
  beforeEach(() => {
    ledger = new Ledger();
    ledger.written('a', 200, { id: '1', url: '/a' });
    const found = ledger.files.get('a');
    if (found === undefined) throw new Error('what was written is known');
    file = found;
  });

  const content = (size = 200) => ({ status: 200, body: contentOf('a', size) });
  const missing = { status: 404, body: nothing };

  it('is that a written one is missing, or is another one', () => {
    const began = performance.now();
    expect(faultOfRead(file, began, content())).toBeUndefined();
    expect(faultOfRead(file, began, missing)).toContain('is not there');
    expect(faultOfRead(file, began, content(199))).toContain('another content');
    expect(faultOfRead(file, began, { status: 200, body: contentOf('b', 200) })).toContain(
      'another content',
    );
    const part = { status: 206, body: contentOf('a', 200).subarray(10, 21) };
    expect(faultOfRead(file, began, part, [10, 20])).toBeUndefined();
    expect(faultOfRead(file, began, part, [11, 21])).toContain('another content');
    expect(faultOfRead(file, began, content(), [10, 20])).toContain('200 in place of 206');
  });

  it('is that a deleted one is back; while it is being deleted, it may be there or not', () => {
    const began = performance.now();
    const told = ledger.deleting(file);
    for (const answer of [content(), missing])
      expect(faultOfRead(file, began, answer)).toBeUndefined();
    told(false);
    for (const answer of [content(), missing])
      expect(faultOfRead(file, performance.now(), answer)).toBeUndefined();
    told(true);
    expect(faultOfRead(file, began, content())).toBeUndefined(); // asked for before it was gone
    expect(faultOfRead(file, performance.now() + 1, content())).toContain('is there again');
    expect(faultOfRead(file, performance.now() + 1, missing)).toBeUndefined();
  });

  it('is that a list leaves one out, tells it twice, or has one that nobody wrote', () => {
    ledger.unanswered('b', 1);
    for (const names of [['a'], ['a', 'b']]) expect(ledger.faultsOfList(names)).toEqual([]);
    expect(ledger.faultsOfList(['b'])).toEqual(['a is not listed']);
    expect(ledger.faultsOfList(['a', 'a'])).toEqual(['a file is listed twice']);
    expect(ledger.faultsOfList(['a', 'c'])).toHaveLength(1);
    ledger.deleting(file)(true);
    expect(ledger.faultsOfList(['a'])).toHaveLength(1);
  });
});

describe('the policy', () => {
  const refusal = { status: 503, headers: later, body: nothing };
  const cut = { status: 200, headers: {}, body: nothing, cut: new Error('cut') };
  const form = (files: readonly string[]) => ({
    status: 201,
    headers: {},
    body: Buffer.from(JSON.stringify({ files, rejected: [{ code: 'unavailable' }] })),
  });

  it.each([
    ['a refusal', refusal, true],
    ['a download that is cut', cut, false],
  ])('allows %s while S3 is away, and no other time', (_, answer, settled) => {
    const policy = new Policy();
    policy.judge('it', performance.now(), answer);
    expect(policy.findings).toHaveLength(1);
    const end = policy.begin('away');
    expect(policy.judge('it', performance.now(), answer)).toBe(settled);
    end();
    expect(policy.findings).toHaveLength(1);
    policy.judge('it', performance.now() + 3_600_000, answer);
    expect(policy.findings).toHaveLength(2);
  });

  it.each([
    ['503 without Retry-After', { ...refusal, headers: {} }],
    ['500', { ...refusal, status: 500 }],
    ['no answer at all', { ...cut, status: 0 }],
    ['429', { ...refusal, status: 429 }],
    ['a form of which a file was taken, and another one not', form(['a'])],
    ['a form of which no file was taken', form([])],
  ])('never allows %s', (_, answer) => {
    const policy = new Policy();
    policy.begin('away');
    expect(policy.judge('it', performance.now(), answer)).toBe(false);
    expect(policy.findings).toHaveLength(1);
  });

  it('leaves an upload in parts to the lifecycle rule if it was begun about when S3 was in trouble', () => {
    const policy = new Policy();
    expect(policy.mayBreak(Date.now())).toBe(false);
    policy.begin('away')();
    expect(policy.mayBreak(Date.now())).toBe(true);
    for (const minutes of [-2, 2])
      expect(policy.mayBreak(Date.now() + minutes * 60_000)).toBe(false);
  });
});

it('takes memory for growing if the end of a run needs more than its second quarter, by far', () => {
  const run = (...quarters: readonly number[]) =>
    quarters.flatMap((mebibytes) =>
      Array.from({ length: 5 }, () => ({ instances: [{ rss: mebibytes * 2 ** 20 }] })),
    );
  for (const flat of [run(50, 300, 300, 370), run(50, 100, 300, 140), run(900, 300, 300, 200)])
    expect(growthOf(flat)).toEqual([]);
  for (const growing of [run(300, 300, 300, 380), run(50, 100, 100, 150)])
    expect(growthOf(growing)).toHaveLength(1);
});
