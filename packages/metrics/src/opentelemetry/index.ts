export {
  type OpenTelemetryHandle,
  type OpenTelemetryMetricsOptions,
  openTelemetryMetrics,
} from './metrics.js';
export { type OpenTelemetrySpansOptions, openTelemetrySpans } from './spans.js';
