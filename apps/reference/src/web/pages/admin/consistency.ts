import type { Consistency } from '../../api/admin-types.js';
import { api, describe } from '../../api/client.js';
import { type Child, element } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { busy, button } from '../../parts/button.js';
import { card, stat } from '../../parts/card.js';
import { columns, pageHeader } from '../../parts/layout.js';
import { loaded } from '../../parts/loaded.js';
import { emptyState, notice } from '../../parts/notice.js';
import { skeleton } from '../../parts/skeleton.js';
import { toast } from '../../parts/toast.js';
import { count } from '../../text/quantity.js';
import { exactMoment } from '../../text/time.js';

/** Milliseconds between two looks at a check that runs. */
const LOOK = 1_000;

/** Whether the database and the store tell the same story. */
export const consistencyPage: PageFactory = () => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const content = loaded({
    placeholder: skeleton(3, 'block'),
    load: (signal) => api.get<Consistency>('/api/admin/consistency', {}, signal),
    show: (found) => {
      const running = found.state === 'running';
      if (running) timer = setTimeout(() => void content.reload(), LOOK);
      start.disabled = running;
      return report(found);
    },
  });
  const start = button({
    text: 'Check now',
    icon: 'consistency',
    kind: 'primary',
    onClick: () => {
      busy(start, api.post('/api/admin/consistency')).then(
        () => content.reload(),
        (error: unknown) => toast(describe(error), 'bad'),
      );
    },
  });
  return {
    title: 'Consistency',
    view: element(
      'div',
      { class: 'page' },
      pageHeader({
        title: 'Consistency',
        lead: 'Whether each file in the database is in the store, and the other way round. Nothing is changed by the check.',
        actions: start,
      }),
      content.view,
    ),
    close: () => {
      clearTimeout(timer);
      content.close();
    },
  };
};

function report(found: Consistency): Child {
  if (found.state === 'running')
    return notice({
      tone: 'info',
      title: 'The check is running',
      text: 'The result appears here.',
    });
  if (found.state === 'failed')
    return notice({
      tone: 'bad',
      title: 'The check could not be finished',
      text: 'The store may be unreachable. See that it runs, and check again.',
    });
  if (found.checkedAt === null)
    return emptyState({
      icon: 'consistency',
      title: 'Not checked yet',
      text: 'A check reads the names of all files, and no content.',
    });
  const { missingFiles, missingRows, wrongProvider, counts } = found;
  const good = missingFiles.length + missingRows.length + wrongProvider.length === 0;
  return element(
    'div',
    { class: 'stack' },
    notice({
      tone: good ? 'good' : 'warn',
      title: good ? 'Database and store agree' : 'Database and store differ',
      text: ['Checked ', exactMoment(found.checkedAt), '.'],
    }),
    columns(
      ...Object.entries(counts).map(
        ([name, value]) => stat({ label: readable(name), value: count(value) }).view,
      ),
    ),
    findings(
      'Files without content',
      'In the database, but not in the store: they can’t be downloaded. Restore them from a backup, or delete them.',
      missingFiles,
    ),
    findings(
      'Content without a file',
      'In the store, but not in the database: nobody can see it. It is left over from interrupted work and can be cleaned up.',
      missingRows,
    ),
    findings(
      'In another store than the database says',
      'They are found all the same; a migration’s verification puts the database right.',
      wrongProvider,
    ),
  );
}

function findings(title: string, text: string, found: readonly unknown[]): Child {
  if (found.length === 0) return null;
  return card(
    { title },
    element('p', { class: 'soft' }, text),
    element(
      'ul',
      { class: 'findings' },
      ...found.map((one) => element('li', null, element('code', { class: 'wrap' }, named(one)))),
    ),
  );
}

function named(one: unknown): string {
  if (typeof one === 'string') return one;
  if (typeof one !== 'object' || one === null) return String(one);
  return Object.values(one)
    .filter((value) => typeof value === 'string')
    .join(' · ');
}

function readable(name: string): string {
  const words = name.replace(/([A-Z])/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
