import { StorageError } from '@org/storage-core';
import type { Registry } from 'prom-client';
import { type Observation, type ObserveOptions, observe } from '../observe/observation.js';
import { PrometheusRecorder } from './recorder.js';

export interface PrometheusOptions extends ObserveOptions {
  /** Where the metrics are registered. */
  readonly registry: Registry;
  /** What their names begin with. Default `storage`, as the alerting rules have it. */
  readonly prefix?: string | undefined;
}

export interface PrometheusMetrics extends Disposable {
  /** Listens no longer, and takes the metrics out of the registry. */
  close(): void;
}

/**
 * Registers metrics of all that providers, layers and migrations of this process do from now on: begin it before they are made.
 * @throws StorageError `InvalidArgument` for a prefix that no name may begin with.
 * @throws Error of prom-client if the registry has metrics of these names.
 */
export function prometheusMetrics(options: PrometheusOptions): PrometheusMetrics {
  const { registry, prefix = 'storage' } = options;
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(prefix))
    throw new StorageError(
      'InvalidArgument',
      `the prefix "${prefix}" is no beginning of a metric’s name: it takes letters, digits and _`,
    );
  let observation: Observation | undefined;
  let updating: Promise<void> | undefined;
  // Asked for by each metric of a scrape, and made once for all of them.
  const collect = async () => {
    updating ??= observation?.update().finally(() => {
      updating = undefined;
    });
    await updating;
  };
  const recorder = new PrometheusRecorder(registry, prefix, collect);
  observation = observe(recorder, options);
  const close = () => {
    observation?.close();
    recorder.remove();
  };
  return { close, [Symbol.dispose]: close };
}
