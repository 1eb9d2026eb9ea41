import { element, fill } from '../../dom/element.js';
import { notice } from '../../parts/notice.js';
import { moment } from '../../text/time.js';
import { drawnFrom, type Panel } from './panel.js';

/** What somebody has to know at once: alerts that fire, and what came to a bad end. */
export function alertsPanel(): Panel {
  const view = element('div', { class: 'alerts', 'aria-live': 'polite' });
  const show = drawnFrom(
    ({ alerts, failed }) => ({ alerts, failed }),
    ({ alerts, failed }) => {
      fill(
        view,
        failed !== null &&
          notice({
            tone: 'bad',
            title: `The last ${failed.kind} did not come to its end`,
            text: failed.message,
          }),
        ...alerts.map(({ alert, severity, summary, labels, since }) =>
          notice({
            tone: severity === 'critical' ? 'bad' : 'warn',
            title: labels === '' ? alert : `${alert}: ${labels}`,
            text: [summary, ' Since ', moment(since), '.'],
          }),
        ),
      );
    },
  );
  return { view, show };
}
