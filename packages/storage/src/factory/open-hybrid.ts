import { StorageError, type StorageProvider } from '@org/storage-core';
import {
  FleetMember,
  HybridStorageProvider,
  type Mode,
  type Neighbours,
  spooled,
} from '@org/storage-hybrid';
import type { HybridConfiguration } from '../config/types/configuration.js';
import type { Changeable } from './changeable.js';
import { Closing } from './closing.js';
import { withLayers } from './layers.js';
import { openStore, type Workshop } from './open-store.js';

export interface OpenHybrid {
  /** With its layers. */
  readonly provider: StorageProvider;
  readonly hybrid: HybridStorageProvider;
  /** The mode that it goes by, wherever that comes from. */
  readonly mode: () => Mode;
  apply(changeable: Changeable): void;
  /** Leaves the fleet, too. */
  close(): Promise<void>;
}

/**
 * Opens a store of two: the layers of the target around the target, the spool around those, so that the provider sees that there is
 * one, and the storage’s own layers around it all.
 * @param byFlags Whether the mode is that of flags, whatever the fleet’s registry says.
 */
export async function openHybrid(
  name: string,
  configuration: HybridConfiguration,
  workshop: Workshop,
  initial: Changeable,
  byFlags: boolean,
): Promise<OpenHybrid> {
  checkSides(name, configuration);
  let present = initial.hybrid;
  const mode = () => present?.mode ?? configuration.mode;
  const opened = new Closing();
  try {
    const source = await openStore(`${name}.source`, configuration.source, workshop);
    opened.add(() => source.provider.close());
    const target = await openStore(`${name}.target`, configuration.target, workshop);
    opened.add(() => target.provider.close());
    const spooling = await withSpool(name, target.provider, configuration.spool, workshop);
    opened.add(() => spooling.close());
    const fleet = await workshop.fleets.open(name, configuration);
    if (fleet !== undefined) opened.add(() => fleet.close());
    const { registry: _, ...manners } = configuration.fleet ?? {};
    const member = fleet && new FleetMember({ ...manners, registry: fleet.registry });
    const goesBy = member === undefined || byFlags ? mode : member.wanted(mode);
    const neighbours: Neighbours | undefined = member;
    const hybrid = new HybridStorageProvider({
      name: configuration.name ?? name,
      source: source.provider,
      target: spooling,
      mode: goesBy,
      neighbours,
      handedOver: () => present?.handedOver ?? false,
      failover: configuration.failover,
    });
    const outer = withLayers(hybrid, configuration.layers ?? {}, workshop.changes);
    const closing = new Closing();
    if (fleet !== undefined) closing.add(() => fleet.close());
    closing.add(() => hybrid.close());
    return {
      provider: outer.provider,
      hybrid,
      mode: goesBy,
      apply(changeable) {
        present = changeable.hybrid;
        outer.apply(changeable.layers);
        if (present === undefined) return;
        source.apply(present.source);
        target.apply(present.target);
      },
      close: () => closing.close(),
    };
  } catch (error) {
    await opened.close().catch(() => {}); // what went wrong first counts
    throw error;
  }
}

async function withSpool(
  name: string,
  target: StorageProvider,
  spool: HybridConfiguration['spool'],
  workshop: Workshop,
): Promise<StorageProvider> {
  if (spool === undefined) return target;
  const { store, ...options } = spool;
  const { provider } = await openStore(`${name}.spool.store`, store, workshop);
  try {
    return spooled(target, { ...options, name: options.name ?? `${name}.spool`, store: provider });
  } catch (error) {
    await provider.close();
    throw error;
  }
}

/** The commands that migrate open both sides by themselves, and know of no layers. */
function checkSides(name: string, configuration: HybridConfiguration): void {
  for (const side of ['source', 'target'] as const) {
    if (configuration[side].layers?.prefix === undefined) continue;
    throw new StorageError(
      'InvalidArgument',
      `storages.${name}.${side}.layers.prefix would hide from a migration where the files are: use the prefix of the bucket, or a folder as the root`,
    );
  }
}
