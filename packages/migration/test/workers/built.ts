import { fileURLToPath } from 'node:url';
import { built } from '../live/modules.js';

const path = (module: string) => fileURLToPath(new URL(module, import.meta.url));

/** What the processes of these tests run. To be called at the top of a test file. */
export function builtModules() {
  return built({
    worker: path('../../src/workers/child.ts'),
    stores: path('stores.ts'),
    coordinator: path('coordinator.ts'),
  });
}
