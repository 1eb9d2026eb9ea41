import { type Capability, isAtomic, type StorageProvider } from '@org/storage-core';
import { checkTarget } from '@org/storage-hybrid';
import { type Check, type Finding, failure, ok, warning } from '../check.js';
import { messageOf } from '../examine.js';
import type { OtherPatient, Patient } from '../patient.js';

/** A trial of what a store does may be about thirty requests. */
const ANSWERS = 35;

const CONDITIONS: readonly Capability[] = [
  'conditionalCreate',
  'conditionalUpdate',
  'conditionalDelete',
];

/** Stores whose providers are third parties’, by their own word: `checkHealth`, `capabilities` and `probe`. */
export const plugins: Check = {
  id: 'plugins',
  title: 'Providers of third parties',
  needs: ['configuration'],
  hindrance: 'a provider of a third party fails',
  answers: ANSWERS,
  applies: ({ others = [] }) => others.length > 0,
  async run(patient, signal) {
    const found: Finding[] = [];
    for (const other of patient.others ?? []) found.push(...(await look(other, patient, signal)));
    return found;
  },
};

async function look(
  { provider: kind, isTarget, open }: OtherPatient,
  { mode, role }: Patient,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  let opened: StorageProvider;
  try {
    opened = await open();
  } catch (error) {
    return [failure(`${kind} can’t be opened: ${messageOf(error)}`, 'look at its settings')];
  }
  await using store = opened;
  const { name } = store;
  const { healthy, latency, error } = await store.checkHealth({ signal });
  if (!healthy)
    return [failure(`${name} (${kind}) is not well: ${error?.message ?? 'it does not say why'}`)];
  const well = ok(`${name} (${kind}) answers within ${latency.toFixed(1)} ms`);
  if (!isTarget || role === 'readonly') return [well];
  return [well, ...(await asTarget(store, mode, signal))];
}

async function asTarget(
  store: StorageProvider,
  mode: Patient['mode'],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    await checkTarget(store, { signal });
  } catch (error) {
    const text = messageOf(error);
    if (mode === 'source') return [warning(text, 'before the mode is another than source')];
    return [failure(text)];
  }
  const declared = CONDITIONS.filter((name) => isAtomic(store.capabilities[name]));
  return [ok(`${store.name} can be the target of a live migration (${declared.join(', ')})`)];
}
