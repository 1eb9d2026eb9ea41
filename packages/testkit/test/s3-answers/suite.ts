import { afterAll, beforeAll, expect, it } from 'vitest';
import { CASES } from './cases.js';
import { DIFFERENCES } from './differences.js';
import { openSetting, type Server, type Setting } from './setting.js';

/**
 * Asks a server all questions. It has to answer as Amazon S3 does, but for the differences that the table has for it; a
 * difference that is no longer there makes its case fail, too.
 * @param name as in the table, such as `Ceph 20`.
 */
export function answersAsAmazon(server: Server | (() => Server), name?: string): void {
  let setting: Setting & { close(): void };
  beforeAll(async () => {
    setting = await openSetting(typeof server === 'function' ? server() : server);
  });
  afterAll(() => setting.close());
  const differences = (name === undefined ? undefined : DIFFERENCES[name]) ?? {};
  for (const { name: question, aws, ask } of CASES) {
    const difference = differences[question];
    const but = difference === undefined ? '' : ` (another answer: ${difference.reason})`;
    it(`${question}${but}`, async () => {
      expect(await ask(setting)).toEqual(difference === undefined ? aws : difference.answer);
    });
  }
  it('every difference in the table belongs to a case', () => {
    const names = CASES.map((known) => known.name);
    expect(Object.keys(differences).filter((known) => !names.includes(known))).toEqual([]);
  });
}
