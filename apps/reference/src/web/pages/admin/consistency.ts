import type { ConsistencyState, Finding } from '../../../api-types.js';
import { api, describe } from '../../api/client.js';
import { type Child, element } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { badge } from '../../parts/badge.js';
import { busy, button } from '../../parts/button.js';
import { card } from '../../parts/card.js';
import { pageHeader } from '../../parts/layout.js';
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
    load: (signal) => api.get<ConsistencyState>('/api/admin/consistency', {}, signal),
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

function report(found: ConsistencyState): Child {
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
  const { counts } = found;
  const good = Object.values(counts).every((amount) => amount === 0);
  return element(
    'div',
    { class: 'stack' },
    notice({
      tone: good ? 'good' : 'warn',
      title: good ? 'Database and store agree' : 'Database and store differ',
      text: ['Checked ', exactMoment(found.checkedAt), '.'],
    }),
    findings(
      'Files without content',
      'In the database, but not in the store: they can’t be downloaded. Restore them from a backup, or delete them.',
      found.missingFiles,
      counts['missing-file'],
    ),
    findings(
      'Content without a file',
      'In the store, but not in the database: nobody can see it. It is left over from interrupted work and can be cleaned up.',
      found.missingRows,
      counts['missing-row'],
    ),
    findings(
      'In another store than the database says',
      'They are found all the same; a migration’s verification puts the database right.',
      found.wrongProvider,
      counts['wrong-provider'],
    ),
    others(counts),
  );
}

/** @param total of which the first are told. */
function findings(
  title: string,
  text: string,
  first: readonly Finding[],
  total = first.length,
): Child {
  if (total === 0) return null;
  return card(
    { title, actions: badge(count(total), 'warn') },
    element('p', { class: 'soft' }, text),
    element(
      'ul',
      { class: 'findings', tabindex: 0, 'aria-label': title },
      ...first.map(({ key, detail }) =>
        element(
          'li',
          null,
          element('code', { class: 'wrap' }, key),
          element('p', { class: 'soft' }, detail),
        ),
      ),
    ),
    total > first.length &&
      element('p', { class: 'soft' }, `The first ${count(first.length)} of ${count(total)}.`),
  );
}

const TOLD: readonly string[] = ['missing-file', 'missing-row', 'wrong-provider'];

/** Kinds of differences that have no list. */
function others(counts: ConsistencyState['counts']): Child {
  const found = Object.entries(counts).filter(
    ([kind, amount]) => amount > 0 && !TOLD.includes(kind),
  );
  if (found.length === 0) return null;
  return card(
    { title: 'Other differences' },
    element('p', { class: 'soft' }, 'The command storage references check tells each of them.'),
    element(
      'ul',
      { class: 'findings' },
      ...found.map(([kind, amount]) =>
        element('li', null, `${kind.replaceAll('-', ' ')}: ${count(amount)}`),
      ),
    ),
  );
}
