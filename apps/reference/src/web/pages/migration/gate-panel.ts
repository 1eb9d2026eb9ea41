import type { ConditionState } from '../../../server/migration/state.js';
import { type Child, element, fill } from '../../dom/element.js';
import { icon } from '../../dom/icon.js';
import { badge } from '../../parts/badge.js';
import { busy, button } from '../../parts/button.js';
import { card } from '../../parts/card.js';
import { moment } from '../../text/time.js';
import type { LiveState } from './live-state.js';
import { drawnFrom, type Panel } from './panel.js';
import { perform } from './path-panel.js';

const NAMES: Readonly<Record<string, string>> = {
  members: 'All processes are beyond the hand-over',
  'no-migrator': 'Nobody migrates, retires or reverts',
  inventory: 'The source holds nothing that was not seen',
  resolved: 'Something was decided for every file',
  'no-problems': 'No file has failed, is in conflict or lost',
  skipped: 'Nothing is in the source that is no file',
  verified: 'Every copy was found whole',
  uploads: 'No upload in parts is unfinished',
  retired: 'The source has no files any more',
  spool: 'Nothing waits in a spool',
  quiet: 'Nobody reads from the source any more',
  disks: 'Every other disk can be given up as well',
};

/** Whether the source can be given up: each condition, what it was seen from, and how to mend it. */
export function gatePanel(live: LiveState): Panel {
  const look = button({
    text: 'Look again',
    icon: 'retry',
    small: true,
    onClick: () => void busy(look, live.act('gate')),
  });
  const cutover = button({
    text: 'Cut over',
    kind: 'primary',
    onClick: () => void busy(cutover, perform({ action: 'cutover' }, live)),
  });
  const head = element('p', { class: 'row gate-head' });
  const list = element('ul', { class: 'gate' });
  const why = element('p', { class: 'soft' });
  const view = card(
    { title: 'Cutover gate', actions: look },
    head,
    list,
    element('div', { class: 'row' }, cutover, why),
  );
  const showGate = drawnFrom(
    ({ gate }) => gate,
    (gate) => {
      fill(
        head,
        gate === null
          ? element('span', { class: 'soft' }, 'It has not been looked at yet.')
          : [
              badge(gate.open ? 'Open' : 'Shut', gate.open ? 'good' : 'warn'),
              element('span', { class: 'soft' }, 'looked at ', moment(gate.at)),
            ],
      );
      fill(list, ...(gate?.conditions ?? []).map(conditionView));
    },
  );
  const showActions = drawnFrom(
    ({ actions }) => ({ gate: actions.gate, cutover: actions.cutover }),
    (refused) => {
      look.disabled = refused.gate !== null;
      cutover.disabled = refused.cutover !== null;
      fill(why, refused.cutover === null ? '' : `Not now: ${refused.cutover}.`);
    },
  );
  return {
    view,
    show(state) {
      showGate(state);
      showActions(state);
    },
  };
}

function conditionView({ id, holds, evidence, mend }: ConditionState): Child {
  const [tone, words] =
    holds === true
      ? ['good', 'holds']
      : holds === false
        ? ['bad', 'does not hold']
        : ['warn', 'not known'];
  return element(
    'li',
    { class: `condition condition-${tone}` },
    element(
      'span',
      { class: 'condition-mark' },
      icon(holds === true ? 'check' : holds === false ? 'close' : 'info'),
    ),
    element(
      'div',
      null,
      element(
        'p',
        { class: 'condition-name' },
        NAMES[id] ?? id,
        element('span', { class: 'hidden' }, `: ${words}`),
      ),
      element('p', { class: 'soft small' }, evidence),
      mend !== null && element('p', { class: 'small condition-mend' }, mend),
    ),
  );
}
