import { createHash } from 'node:crypto';
import type { Alert } from './alert.js';
import { nameOf } from './evaluate.js';
import type { LabelValues } from './series.js';

/** An alert as Alertmanager tells it to webhooks. Times are by RFC 3339. */
interface WebhookAlert {
  readonly status: 'firing' | 'resolved';
  /** `alertname`, `severity`, and those of the series. */
  readonly labels: LabelValues;
  /** `summary`, `runbook_url` if the rule has a page, and `value`: what was measured. */
  readonly annotations: LabelValues;
  readonly startsAt: string;
  /** `0001-01-01T00:00:00Z` as long as it fires. */
  readonly endsAt: string;
  readonly generatorURL: string;
  /** The same as long as the labels are. */
  readonly fingerprint: string;
}

/**
 * The body of a webhook, version 4 of Alertmanager's, so that its receivers take it.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export interface WebhookPayload {
  readonly version: '4';
  readonly groupKey: string;
  readonly truncatedAlerts: 0;
  /** `firing` as long as one of the alerts is. */
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupLabels: LabelValues;
  readonly commonLabels: LabelValues;
  readonly commonAnnotations: LabelValues;
  readonly externalURL: string;
  readonly alerts: readonly WebhookAlert[];
}

/** What Go, and so Alertmanager, writes for a time that is none. */
const NEVER = '0001-01-01T00:00:00Z';

/** @param labels added to each alert's, such as the host's name. */
export function webhookPayload(
  alerts: readonly Alert[],
  receiver: string,
  labels: LabelValues,
): WebhookPayload {
  const told = alerts.map((alert) => webhookAlert(alert, labels));
  return {
    version: '4',
    groupKey: `{}:${nameOf(labels)}`,
    truncatedAlerts: 0,
    status: told.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver,
    groupLabels: {},
    commonLabels: common(told.map((alert) => alert.labels)),
    commonAnnotations: common(told.map((alert) => alert.annotations)),
    externalURL: '',
    alerts: told,
  };
}

function webhookAlert(alert: Alert, added: LabelValues): WebhookAlert {
  const { state, severity, summary, runbook, value, since, until } = alert;
  const labels = { ...added, ...alert.labels, alertname: alert.alert, severity };
  return {
    status: state,
    labels,
    annotations: {
      summary,
      ...(runbook === undefined ? {} : { runbook_url: runbook }),
      value: String(value),
    },
    startsAt: since.toISOString(),
    endsAt: until?.toISOString() ?? NEVER,
    generatorURL: '',
    fingerprint: createHash('sha256').update(nameOf(labels)).digest('hex').slice(0, 16),
  };
}

function common(all: readonly LabelValues[]): LabelValues {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value)),
  );
}
