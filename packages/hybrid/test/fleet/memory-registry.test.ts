import { memoryFleetRegistry } from '../../src/index.js';
import { testRegistry } from './registry-cases.js';

testRegistry('records in memory', async () => {
  const registry = memoryFleetRegistry();
  return { registry, other: registry, async close() {} };
});
