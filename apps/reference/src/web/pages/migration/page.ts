import type { MigrationState } from '../../../server/migration/state.js';
import { ApiError } from '../../api/error.js';
import { element, fill } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { badge } from '../../parts/badge.js';
import { pageHeader } from '../../parts/layout.js';
import { emptyState, loadFailure } from '../../parts/notice.js';
import { skeleton } from '../../parts/skeleton.js';
import { alertsPanel } from './alerts-panel.js';
import { failuresPanel } from './failures-panel.js';
import { fleetPanel } from './fleet-panel.js';
import { gatePanel } from './gate-panel.js';
import { limitsPanel } from './limits-panel.js';
import { type Connection, LiveState } from './live-state.js';
import type { Panel } from './panel.js';
import { pathPanel } from './path-panel.js';
import { progressPanel } from './progress-panel.js';
import { ratesPanel } from './rates-panel.js';
import { runsPanel } from './runs-panel.js';
import { sidesPanel } from './sides-panel.js';
import { storagePanel } from './storage-panel.js';

/** The migration as it goes on, and what an administrator can do about it. */
export const migrationPage: PageFactory = () => {
  const body = element('div', { class: 'migration' }, skeleton(3, 'block'));
  const connection = element('span', { class: 'connection', role: 'status' });
  let panels: readonly Panel[] | undefined;

  const show = (state: MigrationState) => {
    panels ??= build(body, live);
    for (const panel of panels) panel.show(state);
  };
  const live = new LiveState(show, (now) => fill(connection, connectionBadge(now)));
  const load = async () => {
    try {
      await live.open();
    } catch (error) {
      fill(body, isAbsent(error) ? absent() : loadFailure(error, () => void load()));
    }
  };
  void load();

  const head = pageHeader({
    title: 'Migration',
    lead: 'Files move from the source to the target while everybody goes on working.',
    actions: connection,
  });
  return {
    title: 'Migration',
    view: element('div', { class: 'page' }, head, body),
    close: () => live.close(),
  };
};

/** An application with one store has nothing to tell. */
function isAbsent(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

function absent(): HTMLElement {
  return emptyState({
    icon: 'migration',
    title: 'There is nothing to migrate',
    text: 'This application keeps its files in one store. With a storage of the type hybrid in config/storage.yml, which names a directory and a bucket, this page moves them from one to the other.',
  });
}

function build(body: HTMLElement, live: LiveState): readonly Panel[] {
  const [path, alerts] = [pathPanel(live), alertsPanel()];
  const [progress, rates] = [progressPanel(live), ratesPanel()];
  const [failures, gate] = [failuresPanel(live), gatePanel(live)];
  const [limits, sides, storage] = [limitsPanel(live), sidesPanel(), storagePanel()];
  const [fleet, runs] = [fleetPanel(), runsPanel()];
  fill(
    body,
    alerts.view,
    path.view,
    element('div', { class: 'migration-pair' }, progress.view, rates.view),
    element(
      'div',
      { class: 'migration-columns' },
      element('div', { class: 'stack' }, failures.view, gate.view, limits.view),
      element('div', { class: 'stack' }, sides.view, storage.view),
    ),
    fleet.view,
    runs.view,
  );
  return [path, alerts, progress, rates, failures, gate, limits, sides, storage, fleet, runs];
}

function connectionBadge(connection: Connection): HTMLElement {
  return connection === 'live' ? badge('Live', 'good') : badge('Reconnecting…', 'warn');
}
