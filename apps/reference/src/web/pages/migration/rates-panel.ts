import { element } from '../../dom/element.js';
import { card } from '../../parts/card.js';
import { bytes, count } from '../../text/quantity.js';
import type { Panel } from './panel.js';
import { rateChart } from './rate-chart.js';

/** How fast it goes, over the last minute. */
export function ratesPanel(): Panel {
  const throughput = rateChart({ label: 'Throughput', format: (rate) => `${bytes(rate)}/s` });
  const files = rateChart({ label: 'Files', format: (rate) => `${count(rate)}/s` });
  const view = card(
    { title: 'Speed' },
    element('div', { class: 'rates' }, throughput.view, files.view),
  );
  return {
    view,
    show({ pace: { points }, at }) {
      const now = Date.parse(at);
      throughput.show(
        points.map((point) => ({ at: point.at, value: point.bytes })),
        now,
      );
      files.show(
        points.map((point) => ({ at: point.at, value: point.files })),
        now,
      );
    },
  };
}
