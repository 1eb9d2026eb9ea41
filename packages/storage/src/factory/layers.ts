import type { StorageProvider } from '@org/storage-core';
import {
  bandwidthLimit,
  type ConcurrencyLimitOptions,
  cacheControl,
  circuitBreaker,
  concurrencyLimit,
  detectContentType,
  type Layer,
  layered,
  prefix,
  readOnly,
  retry,
  timeout,
} from '@org/storage-layers';
import type { LayersConfiguration } from '../config/types/configuration.js';
import type { Limits } from './changeable.js';

const UNLIMITED: ConcurrencyLimitOptions = { operations: Number.POSITIVE_INFINITY };

export interface LayeredProvider {
  readonly provider: StorageProvider;
  /** Sets the limits that can change while the provider is at work. */
  apply(limits: Limits): void;
}

/**
 * Puts the layers of a configuration around a provider, from the outside in:
 *
 * 1. `readOnly` refuses before anything is done;
 * 2. `detectContentType`, then `cacheControl`, whose rules see the type that was found;
 * 3. `prefix`, outside of what counts failures;
 * 4. `retry`, outside of everything that may fail and recover: inside, its pauses would count as time and hold places;
 * 5. `circuitBreaker`: each attempt counts, and is refused while the store is down;
 * 6. `concurrencyLimit`: waiting for a place is no failure of the store;
 * 7. `timeout`, of one attempt;
 * 8. `bandwidthLimit`, next to the store: a limited upload is a stream, which nothing further in could repeat.
 *
 * @param changes Whether limits may come later that there are not yet.
 */
export function withLayers(
  provider: StorageProvider,
  configuration: LayersConfiguration,
  changes: boolean,
): LayeredProvider {
  let limits: Limits = configuration;
  const refuses =
    changes || configuration.readOnly === true
      ? readOnly(() => limits.readOnly === true)
      : undefined;
  const places =
    changes || configuration.concurrencyLimit !== undefined
      ? concurrencyLimit(UNLIMITED)
      : undefined;
  const rate = changes || configuration.bandwidthLimit !== undefined ? bandwidthLimit() : undefined;
  const apply = (next: Limits) => {
    limits = next;
    if (places !== undefined) {
      const { operations, downloads, queue }: ConcurrencyLimitOptions =
        next.concurrencyLimit ?? UNLIMITED;
      places.operations = operations;
      places.downloads = downloads ?? operations;
      places.queue = queue ?? Number.POSITIVE_INFINITY;
    }
    if (rate !== undefined) {
      rate.upload = next.bandwidthLimit?.upload;
      rate.download = next.bandwidthLimit?.download;
    }
  };
  apply(configuration);
  const layers = [
    refuses,
    configuration.detectContentType === true ? detectContentType() : undefined,
    ifGiven(configuration.cacheControl, cacheControl),
    ifGiven(configuration.prefix, prefix),
    ifGiven(configuration.retry, retry),
    ifGiven(configuration.circuitBreaker, circuitBreaker),
    places,
    ifGiven(configuration.timeout, timeout),
    rate,
  ].filter((layer) => layer !== undefined);
  return { provider: layered(provider, ...layers), apply };
}

function ifGiven<S>(settings: S | undefined, layer: (settings: S) => Layer): Layer | undefined {
  return settings === undefined ? undefined : layer(settings);
}
