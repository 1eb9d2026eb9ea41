import type { MemberState } from '../../../server/migration/state.js';
import { element, fill } from '../../dom/element.js';
import { badge } from '../../parts/badge.js';
import { card } from '../../parts/card.js';
import { table } from '../../parts/table.js';
import { duration } from '../../text/quantity.js';
import { drawnFrom, type Panel } from './panel.js';

/** The processes of the application, and who holds the fleet's lease. */
export function fleetPanel(): Panel {
  const body = element('div');
  const show = drawnFrom(
    ({ mode }) =>
      mode.members.map((member) => ({ ...member, sourceRead: coarse(member.sourceRead) })),
    (members) => {
      fill(body, processes(members));
    },
  );
  return { view: card({ title: 'Processes' }, body), show };
}

function processes(members: readonly MemberState[]): HTMLElement {
  return table({
    caption: 'Processes of the application',
    rows: members,
    empty: element(
      'p',
      { class: 'soft' },
      'No process has registered yet: each does with its first request for a file.',
    ),
    columns: [
      {
        title: 'Process',
        primary: true,
        cell: ({ host, pid, note, role }) => [
          `${host} · ${pid}`,
          (note ?? (role === 'migrator' ? 'at work' : null)) &&
            element('span', { class: 'soft small block' }, note ?? 'at work'),
        ],
      },
      {
        title: 'Mode',
        cell: ({ stages, role }) =>
          role === 'migrator'
            ? badge('holds the lease', 'accent')
            : stages.map((stage) =>
                badge(stage, stage === 'settled' || stage === 'target' ? 'good' : 'neutral'),
              ),
      },
      {
        title: 'Last read of the source',
        cell: ({ sourceRead, role }) =>
          role === 'migrator' ? '' : sourceRead === null ? 'none' : `${duration(sourceRead)} ago`,
      },
      { title: 'In its way', cell: ({ obstacle }) => obstacle ?? '' },
    ],
  });
}

/** To five seconds, so that the table is not drawn anew each second. */
function coarse(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.floor(milliseconds / 5_000) * 5_000;
}
