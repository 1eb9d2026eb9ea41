import type { Alert, AlertSink } from './alert.js';

/** One line an alert, such as `firing StorageThrottled (warning) provider=s3: … (value 14)`, without the line's end. */
export function logSink(write: (line: string, alert: Alert) => void): AlertSink {
  return {
    send(alerts) {
      for (const alert of alerts) write(lineOf(alert), alert);
    },
  };
}

function lineOf({ alert, state, severity, summary, labels, value }: Alert): string {
  const about = Object.entries(labels).map(([label, text]) => ` ${label}=${printed(text)}`);
  return `${state} ${alert} (${severity})${about.join('')}: ${summary} (value ${Number(value.toPrecision(4))})`;
}

/** A provider's name may be anything; a line stays one. */
function printed(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : JSON.stringify(text);
}
