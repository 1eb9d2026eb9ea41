import type { AuditEntry, List } from '../../../api-types.js';
import { api } from '../../api/client.js';
import { type Child, element } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { badge } from '../../parts/badge.js';
import { button } from '../../parts/button.js';
import { field } from '../../parts/field.js';
import { pageHeader } from '../../parts/layout.js';
import { loaded } from '../../parts/loaded.js';
import { emptyState } from '../../parts/notice.js';
import { pager } from '../../parts/pager.js';
import { skeleton } from '../../parts/skeleton.js';
import { type Column, table, tableRow } from '../../parts/table.js';
import { exactMoment } from '../../text/time.js';

/** Who has done what, the newest first. */
export const auditPage: PageFactory = () => {
  const actor = field({ label: 'Who', name: 'actor', placeholder: 'Anyone' });
  const action = field({ label: 'What', name: 'action', placeholder: 'Anything' });
  const since = field({ label: 'Since', name: 'since', type: 'date' });
  const load = (cursor?: string, signal?: AbortSignal) =>
    api.get<List<AuditEntry>>(
      '/api/admin/audit',
      {
        actor: actor.input.value.trim(),
        action: action.input.value.trim(),
        since: since.input.valueAsDate?.toISOString(),
        cursor,
      },
      signal,
    );
  const show = (list: List<AuditEntry>): Child => {
    if (list.items.length === 0)
      return emptyState({
        icon: 'audit',
        title: 'No entries',
        text: 'Nothing of this kind has happened.',
      });
    const view = table({ caption: 'Audit log', columns: COLUMNS, rows: list.items });
    const more = pager({
      first: list,
      load: (cursor) => load(cursor),
      append: (items) =>
        view.querySelector('tbody')?.append(...items.map((entry) => tableRow(COLUMNS, entry))),
    });
    return [view, more];
  };
  const content = loaded({
    placeholder: skeleton(8, 'row'),
    load: (signal) => load(undefined, signal),
    show,
  });
  const form = element(
    'form',
    { class: 'toolbar toolbar-fields', role: 'search', 'aria-label': 'Audit log' },
    actor.view,
    action.view,
    since.view,
    button({ text: 'Show', icon: 'filter', submit: true }),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void content.reload();
  });
  return {
    title: 'Audit log',
    view: element(
      'div',
      { class: 'page' },
      pageHeader({ title: 'Audit log', lead: 'What was done, by whom, and from where.' }),
      form,
      content.view,
    ),
    close: content.close,
  };
};

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'What', primary: true, cell: ({ action }) => badge(action) },
  { title: 'When', cell: ({ at }) => exactMoment(at) },
  { title: 'Who', wraps: true, cell: ({ actor }) => actor },
  {
    title: 'On',
    wraps: true,
    cell: ({ subject }) => subject && element('code', null, subject),
  },
  { title: 'Detail', wraps: true, cell: ({ detail }) => detailView(detail) },
  { title: 'Address', cell: ({ address }) => address },
];

function detailView(detail: AuditEntry['detail']): Child {
  const text = Object.entries(detail)
    .map(
      ([name, value]) =>
        `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join(', ');
  return text !== '' && element('span', { class: 'soft' }, text);
}
