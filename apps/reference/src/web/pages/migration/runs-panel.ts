import type { RunState } from '../../../server/migration/state.js';
import { element, fill } from '../../dom/element.js';
import { badge, type Tone } from '../../parts/badge.js';
import { card } from '../../parts/card.js';
import { table } from '../../parts/table.js';
import { bytes, count, duration } from '../../text/quantity.js';
import { moment } from '../../text/time.js';
import { drawnFrom, type Panel } from './panel.js';

const TONES: Readonly<Record<RunState['outcome'], Tone>> = {
  running: 'accent',
  complete: 'good',
  incomplete: 'warn',
  interrupted: 'neutral',
  stopped: 'bad',
  killed: 'bad',
};

/** What was done before, newest first. */
export function runsPanel(): Panel {
  const body = element('div');
  const show = drawnFrom(
    ({ runs }) => runs,
    (runs) => {
      fill(body, history(runs));
    },
  );
  return { view: card({ title: 'History' }, body), show };
}

function history(runs: readonly RunState[]): HTMLElement {
  return table({
    caption: 'Runs of the migration',
    rows: runs,
    empty: element('p', { class: 'soft' }, 'Nothing has been done yet.'),
    columns: [
      { title: 'Run', primary: true, cell: ({ kind }) => kind },
      { title: 'Began', cell: ({ started }) => moment(started) },
      {
        title: 'Took',
        numeric: true,
        cell: ({ started, ended }) =>
          ended === null ? '' : duration(Date.parse(ended) - Date.parse(started)),
      },
      { title: 'Files', numeric: true, cell: ({ files }) => count(files) },
      { title: 'Bytes', numeric: true, cell: ({ bytes: size }) => bytes(size) },
      { title: 'Failed', numeric: true, cell: ({ failed }) => count(failed) },
      { title: 'Outcome', cell: ({ outcome }) => badge(outcome, TONES[outcome]) },
    ],
  });
}
