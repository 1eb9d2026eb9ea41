import { type Meter, metrics } from '@opentelemetry/api';
import { type ObserveOptions, observe } from '../observe/observation.js';
import { OpenTelemetryRecorder } from './recorder.js';

export interface OpenTelemetryMetricsOptions extends ObserveOptions {
  /** Default: that of the global provider of the name `@org/storage`. */
  readonly meter?: Meter | undefined;
}

export interface OpenTelemetryHandle extends Disposable {
  /** Listens no longer. */
  close(): void;
}

/**
 * Records metrics of all that providers, layers and migrations of this process do from now on: begin it before they are made.
 *
 * The semantic conventions (1.45.0) have no metrics for object stores. These are named `storage.…`, with units by UCUM, numbers of
 * things with an annotation such as `{file}`, as the general conventions have it; the code of an error is their attribute `error.type`.
 * https://opentelemetry.io/docs/specs/semconv/general/metrics/#instrument-units
 */
export function openTelemetryMetrics(
  options: OpenTelemetryMetricsOptions = {},
): OpenTelemetryHandle {
  const { meter = metrics.getMeter('@org/storage') } = options;
  const observation = observe(new OpenTelemetryRecorder(meter), options);
  // Observed before a collection reads the others, which is the moment to bring them up to date.
  const collected = meter.createObservableGauge('storage.observed', {
    unit: '1',
    description: '1 while the storage of this process is observed.',
  });
  const update = async (result: { observe(value: number): void }) => {
    await observation.update();
    result.observe(1);
  };
  collected.addCallback(update);
  const close = () => {
    collected.removeCallback(update);
    observation.close();
  };
  return { close, [Symbol.dispose]: close };
}
