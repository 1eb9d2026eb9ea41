import type { HealthState, SpoolState } from '../../../server/migration/state.js';
import { type Child, element, fill } from '../../dom/element.js';
import { badge } from '../../parts/badge.js';
import { card } from '../../parts/card.js';
import { bytes, duration, plural } from '../../text/quantity.js';
import { drawnFrom, type Panel } from './panel.js';

/** How both sides are, and what waits in the spool while the target is away. */
export function sidesPanel(): Panel {
  const body = element('div', { class: 'health' });
  const show = drawnFrom(
    ({ health, spool, places, at }) => ({
      health: { source: shownHealth(health.source), target: shownHealth(health.target) },
      spool: spool === null ? null : shownSpool(spool, Date.parse(at)),
      places,
    }),
    ({ health, spool, places }) => {
      fill(
        body,
        line('Source', places.source, health.source),
        line('Target', places.target, health.target),
        line('Spool', 'writes that wait for the target', spool),
      );
    },
  );
  return { view: card({ title: 'Health' }, body), show };
}

interface Shown {
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'warn' | 'neutral';
  readonly detail: string;
}

function line(name: string, place: string, shown: Shown | null): Child {
  return element(
    'div',
    { class: 'health-line' },
    element(
      'div',
      null,
      element('p', null, element('strong', null, name)),
      element('p', { class: 'soft small' }, place),
    ),
    element(
      'div',
      { class: 'health-state' },
      badge(shown?.text ?? 'None', shown?.tone ?? 'neutral'),
      element('p', { class: 'soft small' }, shown?.detail ?? 'There is no spool.'),
    ),
  );
}

function shownHealth(health: HealthState | null): Shown {
  if (health === null) return { text: 'Not asked yet', tone: 'neutral', detail: '' };
  const { healthy, latency, error } = health;
  return healthy
    ? { text: 'Healthy', tone: 'good', detail: `answers in ${Math.max(1, Math.round(latency))} ms` }
    : { text: 'Not well', tone: 'bad', detail: error ?? 'It does not answer.' };
}

function shownSpool({ entries, bytes: size, oldest }: SpoolState, now: number): Shown {
  if (entries === 0)
    return { text: 'Empty', tone: 'good', detail: 'All writes are in the target.' };
  const age = oldest === null ? '' : `, the oldest ${duration(now - Date.parse(oldest))} old`;
  return {
    text: plural(entries, 'write'),
    tone: 'warn',
    detail: `${bytes(size)}${age}`,
  };
}
