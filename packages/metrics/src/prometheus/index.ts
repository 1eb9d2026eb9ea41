export { type PrometheusMetrics, type PrometheusOptions, prometheusMetrics } from './metrics.js';
