import type { MigrationState } from '../../../server/migration/state.js';
import { element, fill } from '../../dom/element.js';
import { busy, button } from '../../parts/button.js';
import { card, stat } from '../../parts/card.js';
import { progressBar } from '../../parts/progress.js';
import { bytes, count, duration, percent } from '../../text/quantity.js';
import type { LiveState } from './live-state.js';
import { drawnFrom, type Panel } from './panel.js';

/** What people read for the states of files, in the order in which they are told. */
const STATES: Readonly<Record<string, string>> = {
  copied: 'Copied',
  present: 'There already',
  pending: 'To do',
  superseded: 'Overwritten by the application',
  deleted: 'Deleted by the application',
  gone: 'Gone before they were copied',
  failed: 'Failed',
  conflict: 'In conflict',
  lost: 'Lost',
};

const BAD: readonly string[] = ['failed', 'conflict', 'lost'];

/** How far it has come, how fast it is, and how to stop it for a while. */
export function progressPanel(live: LiveState): Panel {
  const bar = progressBar({ label: 'Files that need nothing more', max: 1000 });
  const files = stat({ label: 'Files', value: '–' });
  const size = stat({ label: 'Bytes', value: '–' });
  const verified = stat({ label: 'Verified', value: '–' });
  const left = stat({ label: 'Time left', value: '–' });
  const states = element('ul', { class: 'state-list' });
  const pause = button({
    text: 'Pause',
    icon: 'pause',
    small: true,
    onClick: () => void busy(pause, live.act('pause')),
  });
  const view = card(
    { title: 'Progress', actions: pause },
    bar.view,
    element('div', { class: 'stats' }, files.view, size.view, verified.view, left.view),
    states,
  );
  const showStates = drawnFrom(
    ({ progress }) => progress.states,
    (counts) => {
      fill(
        states,
        ...Object.entries(STATES).flatMap(([state, name]) => {
          const found = counts[state];
          if (found === undefined || found.files === 0) return [];
          const tone = BAD.includes(state) ? 'bad' : state === 'pending' ? 'soft' : 'good';
          return element(
            'li',
            { class: `state-${tone}` },
            element('span', null, name),
            element('span', { class: 'numeric' }, count(found.files)),
            element('span', { class: 'numeric soft' }, bytes(found.bytes)),
          );
        }),
      );
    },
  );
  const showBar = drawnFrom(figures, ({ share, of, total, done, checked, seconds, working }) => {
    bar.set(Math.round(share * 1000), of);
    files.set(`${count(done.files)} of ${count(total.files)}`);
    size.set(`${bytes(done.bytes)} of ${bytes(total.bytes)}`);
    verified.set(count(checked));
    left.set(seconds === null ? (working ? '…' : '–') : duration(seconds * 1000));
  });
  return {
    view,
    show(state) {
      showBar(state);
      showStates(state);
      pause.hidden = state.actions.pause !== null;
    },
  };
}

/** Of the run that is under way, if it does something else than to copy; else of the whole migration. */
function figures({ progress, work, pace }: MigrationState) {
  const other = work !== null && work.kind !== 'migrate' && work.kind !== 'cutover' ? work : null;
  const { total, done } = other ?? progress;
  const share = total.files === 0 ? 0 : Math.min(1, done.files / total.files);
  const what = other === null ? '' : other.kind === 'verify' ? ' verified' : ' looked at';
  return {
    ...{ total, done, share, of: `${percent(share)}${what}` },
    ...{
      checked: progress.verified,
      seconds: total.files === 0 ? null : pace.secondsLeft,
      working: work !== null,
    },
  };
}
