import type { ETag } from '@org/storage-core';
import { supports, supportsOrRefuses } from './capabilities.js';
import { ABSENT, match, staleETag } from './condition.js';
import { bytes } from './content.js';
import { assertAbsent, assertFile, rejected } from './expectations.js';
import type { ConformanceCase } from './harness.js';

const KEY = 'folder/file.bin';
const OTHER = 'folder/other.bin';
const OLD = bytes(500, 1);
const NEW = bytes(700, 2);

/** Of the destination. */
export const copyConditionCases: readonly ConformanceCase[] = [
  {
    name: 'a create-only copy creates its destination, and is refused where there is one',
    async run(context) {
      const { provider } = context;
      await provider.upload(KEY, NEW);
      const copy = (to: string) => provider.copy(KEY, to, { condition: ABSENT });
      if (!(await supportsOrRefuses(context, 'conditionalCopyCreate', () => copy('new')))) {
        await assertAbsent(context, 'new');
        return;
      }
      await copy('new');
      await assertFile(context, 'new', NEW);
      await provider.upload(OTHER, OLD);
      await rejected(context, copy(OTHER), 'AlreadyExists', 'a copy over a file');
      await assertFile(context, OTHER, OLD);
      await assertFile(context, KEY, NEW);
    },
  },
  {
    name: 'a conditional copy replaces the version that it names, and no other',
    async run(context) {
      const { provider } = context;
      await provider.upload(KEY, NEW);
      const stale = await staleETag(context, OTHER, OLD);
      const { etag } = await provider.stat(OTHER);
      const copy = (to: string, expected: ETag) =>
        provider.copy(KEY, to, { condition: match(expected) });
      if (!supports(provider, 'conditionalCopyUpdate')) {
        await rejected(context, copy(OTHER, etag), 'Unsupported', 'a conditional copy');
        await assertFile(context, OTHER, OLD);
        return;
      }
      await rejected(context, copy(OTHER, stale), 'PreconditionFailed', 'a copy over a change');
      await rejected(context, copy('new', etag), 'PreconditionFailed', 'a copy over nothing');
      await assertFile(context, OTHER, OLD);
      await assertAbsent(context, 'new');
      await copy(OTHER, etag);
      await assertFile(context, OTHER, NEW);
    },
  },
  {
    name: 'a move with a condition that does not hold moves nothing',
    async run(context) {
      const { provider } = context;
      await provider.upload(KEY, NEW);
      await provider.upload(OTHER, OLD);
      const supported = supports(provider, 'conditionalCopyCreate');
      const move = provider.move(KEY, OTHER, { condition: ABSENT });
      await rejected(context, move, supported ? 'AlreadyExists' : 'Unsupported', 'a move');
      await assertFile(context, KEY, NEW);
      await assertFile(context, OTHER, OLD);
    },
  },
];
