import type { Capability, StorageProvider } from '@org/storage-core';
import { rejected } from './expectations.js';
import type { ConformanceContext } from './harness.js';

export function supports(provider: StorageProvider, capability: Capability): boolean {
  return provider.capabilities[capability] !== 'absent';
}

/**
 * Whether the provider has the capability. Where it has not, what asks for it has to be refused with `Unsupported`: an
 * option that is dropped is a case that fails.
 */
export async function supportsOrRefuses(
  context: ConformanceContext,
  capability: Capability,
  attempt: () => Promise<unknown>,
): Promise<boolean> {
  if (supports(context.provider, capability)) return true;
  await rejected(context, attempt(), 'Unsupported', `what needs ${capability}`);
  return false;
}
