import type { StorageProvider } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes, failingStream, streamOfBytes } from './content.js';
import { eventually, rejected, release } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { openedSince, openResources } from './open-resources.js';

const ROUNDS = 8;

/** One of each thing that can leave something open. */
async function useAndLetGo(context: ConformanceContext, view: StorageProvider): Promise<void> {
  const content = bytes(context.largeFileBytes);
  await view.upload('large', streamOfBytes(content));
  const failing = view.upload('failed', failingStream(content, new Error('the source fails')));
  await rejected(context, failing, ['Unknown', 'Unavailable'], 'an upload whose body fails');
  const unread = await view.download('large');
  await release(context, unread.body);
  const left = await view.download('large');
  for await (const _ of left.body) break;
  await release(context, left.body);
  for await (const _ of view.list()) break;
  await rejected(context, view.download('missing'), 'NotFound', 'a missing file');
  if (supports(view, 'versions')) for await (const _ of view.versions?.list() ?? []) break;
}

export const leakCases: readonly ConformanceCase[] = [
  {
    name: 'a provider that is closed has let go of every descriptor and socket',
    async run(context) {
      const first = await context.secondView();
      if (first === context.provider) {
        await assertClosedLetsGo(context, context.provider);
        return;
      }
      await first.close(); // what is opened once for all, such as a module, is open now
      for (let round = 0; round < 2; round++) {
        await assertClosedLetsGo(context, await context.secondView());
      }
    },
  },
  {
    name: 'what operations open while a provider is used does not add up',
    async run(context) {
      const { provider } = context;
      await useAndLetGo(context, provider);
      const before = openResources();
      for (let round = 0; round < ROUNDS; round++) await useAndLetGo(context, provider);
      await eventually(
        () => openedSince(before).length === 0,
        () => `after ${ROUNDS} rounds there are still open: ${openedSince(before)}`,
      );
    },
  },
];

async function assertClosedLetsGo(
  context: ConformanceContext,
  view: StorageProvider,
): Promise<void> {
  const before = openResources();
  await useAndLetGo(context, view);
  await view.close();
  await eventually(
    () => openedSince(before).length === 0,
    () => `the provider is closed, and there are still open: ${openedSince(before)}`,
  );
}
