import assert from 'node:assert/strict';
import { supports } from './capabilities.js';
import { bytes } from './content.js';
import { assertFile, rejected } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { OPTIONAL_OPERATIONS, offers } from './operations.js';

/** The members that there are only with a capability, and what they are. */
const MEMBERS = {
  multipart: {
    member: 'multipart',
    functions: ['list', 'abort', 'listParts', 'complete', 'sweep'],
  },
  versions: { member: 'versions', functions: ['list', 'restore'] },
  tags: { member: 'tags', functions: ['get', 'set'] },
  downloadUrls: { member: 'createDownloadUrl', functions: [] },
  uploadTickets: { member: 'createUploadTicket', functions: [] },
} as const;

export const memberCases: readonly ConformanceCase[] = [
  ...(Object.keys(MEMBERS) as (keyof typeof MEMBERS)[]).map((capability) => ({
    name: `${MEMBERS[capability].member} is there where the capability ${capability} is not absent, and only there`,
    async run({ provider }: ConformanceContext) {
      const { member, functions } = MEMBERS[capability];
      const found: unknown = provider[member];
      if (!supports(provider, capability)) {
        assert.equal(found, undefined, `${member}, though ${capability} is absent`);
        return;
      }
      if (functions.length === 0) assert.equal(typeof found, 'function', member);
      for (const name of functions) {
        const part: unknown = Reflect.get(Object(found), name);
        assert.equal(typeof part, 'function', `${member}.${name}`);
      }
    },
  })),
  {
    name: 'the operations of capabilities do not change the options that they are given',
    async run(context) {
      const { provider } = context;
      const { signal } = new AbortController();
      await provider.upload('file', bytes(10));
      for (const operation of OPTIONAL_OPERATIONS) {
        if (!offers(provider, operation)) continue;
        const given = { signal };
        const call = operation.run(provider, Object.freeze({ signal }), 'file', 'other');
        const again = () => operation.run(provider, given, 'file', 'other');
        if (operation.unknownId === true) {
          const codes = ['NotFound', 'InvalidArgument'] as const;
          await rejected(context, call, codes, operation.name);
          await rejected(context, again(), codes, operation.name);
        } else {
          await call;
          await again();
        }
        assert.deepEqual(given, { signal }, `options after ${operation.name}`);
      }
      await assertFile(context, 'file', bytes(10));
    },
  },
];
