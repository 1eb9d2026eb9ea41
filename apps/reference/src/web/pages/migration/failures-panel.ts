import type { FailureState } from '../../../server/migration/state.js';
import { element, fill } from '../../dom/element.js';
import { badge } from '../../parts/badge.js';
import { busy, button } from '../../parts/button.js';
import { card } from '../../parts/card.js';
import { bytes, plural } from '../../text/quantity.js';
import type { LiveState } from './live-state.js';
import { drawnFrom, type Panel } from './panel.js';

/** What could not be copied, by its cause, with a way to try again. */
export function failuresPanel(live: LiveState): Panel {
  const list = element('div', { class: 'failures' });
  const all = button({
    text: 'Try all again',
    icon: 'retry',
    small: true,
    onClick: () => void busy(all, live.act('retry')),
  });
  const view = card({ title: 'Failures', actions: all }, list);
  const show = drawnFrom(
    ({ failures, actions }) => ({ failures, refused: actions.retry }),
    ({ failures, refused }) => {
      all.hidden = failures.length === 0;
      all.disabled = refused !== null;
      fill(
        list,
        failures.length === 0
          ? element('p', { class: 'soft' }, 'No file has failed.')
          : failures.map((failure) => cause(failure, refused !== null, live)),
      );
    },
  );
  return { view, show };
}

function cause(
  { code, files, bytes: size, examples }: FailureState,
  waits: boolean,
  live: LiveState,
) {
  return element(
    'div',
    { class: 'failure' },
    element(
      'p',
      { class: 'row' },
      badge(code, 'bad'),
      element('span', null, `${plural(files, 'file')}, ${bytes(size)}`),
    ),
    element(
      'ul',
      null,
      ...examples.map(({ key, state, message }) => {
        const again = button({
          text: 'Try again',
          kind: 'quiet',
          small: true,
          disabled: waits,
          onClick: () => void busy(again, live.act('retry', { keys: [key] })),
        });
        return element(
          'li',
          null,
          element(
            'div',
            { class: 'failure-text' },
            element('code', null, key),
            element('p', { class: 'soft' }, state === 'failed' ? message : `${state}: ${message}`),
          ),
          again,
        );
      }),
      files > examples.length &&
        element('li', { class: 'soft' }, `and ${files - examples.length} more`),
    ),
  );
}
