import { type MigrationState, MODE_NAMES, type ModeName } from '../../../server/migration/state.js';
import { element, fill } from '../../dom/element.js';
import { icon } from '../../dom/icon.js';
import { busy, button } from '../../parts/button.js';
import { confirm } from '../../parts/dialog.js';
import type { LiveState } from './live-state.js';
import { type NextStep, nextStep } from './next-step.js';
import { drawnFrom, type Panel } from './panel.js';

const MEANINGS: Readonly<Record<ModeName, string>> = {
  source: 'Everything is read from and written to the source, as ever.',
  prepare: 'Read from the target first, else from the source. New files still go to the source.',
  hybrid: 'New files go to the target. The rest is copied, verified and retired.',
  target: 'Everything is in the target. Nobody looks into the source any more.',
};

/** The four modes as a way, and the one thing to do next. */
export function pathPanel(live: LiveState): Panel {
  const steps = element('ol', { class: 'mode-path', 'aria-label': 'Modes of the migration' });
  const next = element('div', { class: 'next-step', 'aria-live': 'polite' });
  const back = element('div', { class: 'row next-back' });
  const view = element(
    'section',
    { class: 'card path-card', 'aria-label': 'Where it stands' },
    steps,
    next,
    back,
  );
  const showSteps = drawnFrom(
    ({ mode: { wanted, reached } }) => ({ wanted, reached }),
    ({ wanted, reached }) => {
      fill(steps, ...MODE_NAMES.map((mode) => step(mode, wanted, reached)));
    },
  );
  const showNext = drawnFrom(nextStep, (found) => {
    const focused = next.contains(document.activeElement);
    fill(next, ...nextView(found, live));
    if (focused) next.querySelector('button')?.focus();
  });
  const showBack = drawnFrom(
    ({ mode: { wanted, steps: beside } }) => ({ wanted, beside }),
    ({ wanted, beside }) => {
      const earlier = beside.find(({ mode }) => position(mode) < position(wanted));
      fill(back, earlier && backView(earlier, live));
    },
  );
  return {
    view,
    show(state) {
      showSteps(state);
      showNext(state);
      showBack(state);
    },
  };
}

function step(mode: ModeName, wanted: ModeName, reached: boolean): HTMLElement {
  const current = mode === wanted;
  const done = position(mode) < position(wanted) || (current && reached && mode === 'target');
  const state = done ? 'done' : current ? (reached ? 'current' : 'moving') : 'later';
  const words = { done: 'done', current: 'now', moving: 'on the way', later: 'to come' } as const;
  return element(
    'li',
    { class: `mode-step mode-${state}`, 'aria-current': current ? 'step' : null },
    element(
      'span',
      { class: 'mode-mark', 'aria-hidden': 'true' },
      done ? icon('check') : String(position(mode) + 1),
    ),
    element(
      'div',
      { class: 'mode-text' },
      element(
        'p',
        { class: 'mode-name' },
        element('strong', null, mode),
        element('span', { class: 'mode-state' }, words[state]),
      ),
      element('p', { class: 'mode-meaning' }, MEANINGS[mode]),
    ),
  );
}

function nextView({ title, text, button: given }: NextStep, live: LiveState): HTMLElement[] {
  const words = element(
    'div',
    { class: 'next-text' },
    element('h2', null, title),
    element('p', null, text),
  );
  if (given === undefined) return [words];
  const pressed = button({
    text: given.text,
    kind: 'primary',
    onClick: () => void busy(pressed, perform(given.does, live)),
  });
  return [words, pressed];
}

/** What can't be taken back easily is asked first. */
export async function perform(
  does: NonNullable<NextStep['button']>['does'],
  live: LiveState,
): Promise<void> {
  if ('mode' in does) return live.setMode(does.mode);
  const question = QUESTIONS[does.action];
  if (question !== undefined && !(await confirm(question))) return;
  await live.act(does.action);
}

const QUESTIONS: Readonly<Record<string, { title: string; text: string; action: string }>> = {
  retire: {
    title: 'Retire the source’s files?',
    text: 'Files whose copies were found whole are moved into the archive. They can be had back from there.',
    action: 'Retire',
  },
  cutover: {
    title: 'Cut over to the target?',
    text: 'All processes give up the source. You can go back to hybrid afterwards, but not to the source.',
    action: 'Cut over',
  },
};

function backView(
  { mode, refused }: MigrationState['mode']['steps'][number],
  live: LiveState,
): HTMLElement {
  const pressed = button({
    text: `Back to ${mode}`,
    icon: 'back',
    kind: 'quiet',
    small: true,
    disabled: refused !== null,
    onClick: () => void busy(pressed, goBack(mode, live)),
  });
  return element(
    'div',
    { class: 'row' },
    pressed,
    refused !== null && element('span', { class: 'soft' }, `Not now: ${refused}.`),
  );
}

async function goBack(mode: ModeName, live: LiveState): Promise<void> {
  const agreed = await confirm({
    title: `Go back to ${mode}?`,
    text: 'No file is lost by it: what was written meanwhile stays where it is, and is found.',
    action: `Go back to ${mode}`,
  });
  if (agreed) await live.setMode(mode);
}

function position(mode: ModeName): number {
  return MODE_NAMES.indexOf(mode);
}
