import type { Scenario, SimulatedStoreOptions, Simulation } from '@org/storage-testkit/simulator';

export type StoreOptions = Partial<Omit<SimulatedStoreOptions, 'name'>>;

const exchanged = new WeakSet<Simulation>();

/** The same scenario on the way back: the source is a bucket, the target a directory. */
export function onTheWayBack(scenario: Scenario): Scenario {
  return (simulation) => {
    exchanged.add(simulation);
    return scenario(simulation);
  };
}

/**
 * What the stores of a scenario are. On the way back, what can go wrong with requests goes wrong in the source. A directory gets no
 * file in parts, and compares versions under locks.
 */
export function rolesIn(
  simulation: Simulation,
  source: StoreOptions = {},
  target: StoreOptions = {},
): { readonly source: StoreOptions; readonly target: StoreOptions } {
  if (!exchanged.has(simulation))
    return { source: { etags: 'unique', ...source }, target: { etags: 'content', ...target } };
  const { faults = {}, partSize: _, capabilities: __, ...directory } = target;
  return {
    source: { ...source, etags: 'content', faults },
    target: { ...directory, etags: 'unique', conditions: 'locks' },
  };
}
