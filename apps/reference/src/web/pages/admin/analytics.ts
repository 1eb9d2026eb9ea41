import type { Analytics, JobState } from '../../../api-types.js';
import { api, describe } from '../../api/client.js';
import { type Child, element } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { badge } from '../../parts/badge.js';
import { busy, button } from '../../parts/button.js';
import { card, stat } from '../../parts/card.js';
import { barChart, lineChart } from '../../parts/chart.js';
import { select } from '../../parts/field.js';
import { columns, pageHeader } from '../../parts/layout.js';
import { type Loaded, loaded } from '../../parts/loaded.js';
import { emptyState } from '../../parts/notice.js';
import { skeleton } from '../../parts/skeleton.js';
import { table } from '../../parts/table.js';
import { toast } from '../../parts/toast.js';
import { bytes, count, plural } from '../../text/quantity.js';
import { moment, shortDay } from '../../text/time.js';

const PERIODS = [
  { value: '7', text: 'Last 7 days' },
  { value: '30', text: 'Last 30 days' },
  { value: '90', text: 'Last 90 days' },
] as const;

/** What is downloaded, and what the application does by itself. */
export const analyticsPage: PageFactory = () => {
  const period = select({
    label: 'Period',
    hideLabel: true,
    value: '30',
    options: PERIODS,
    onChange: () => void numbers.reload(),
  });
  const numbers: Loaded = loaded({
    placeholder: skeleton(2, 'block'),
    load: (signal) => api.get<Analytics>('/api/admin/analytics', { days: period.value }, signal),
    show: charts,
  });
  const jobs: Loaded = loaded({
    placeholder: skeleton(3, 'row'),
    load: (signal) => api.get<readonly JobState[]>('/api/admin/jobs', {}, signal),
    show: (found) => jobTable(found, () => void jobs.reload()),
  });
  return {
    title: 'Analytics',
    view: element(
      'div',
      { class: 'page' },
      pageHeader({
        title: 'Analytics',
        lead: 'What is downloaded, and how much.',
        actions: period.view,
      }),
      element(
        'div',
        { class: 'stack' },
        numbers.view,
        card({ title: 'Scheduled jobs' }, jobs.view),
      ),
    ),
    close: () => {
      numbers.close();
      jobs.close();
    },
  };
};

function charts({ downloads, top }: Analytics): Child {
  const total = downloads.reduce((sum, day) => sum + day.count, 0);
  const sent = downloads.reduce((sum, day) => sum + day.bytes, 0);
  if (total === 0)
    return emptyState({
      icon: 'chart',
      title: 'No downloads yet',
      text: 'Each download of a file is counted here, by day.',
    });
  const points = (value: (day: Analytics['downloads'][number]) => number) =>
    downloads.map((day) => ({ label: shortDay(day.day), value: value(day) }));
  return element(
    'div',
    { class: 'stack' },
    columns(
      stat({ label: 'Downloads', value: count(total) }).view,
      stat({ label: 'Sent', value: bytes(sent) }).view,
    ),
    columns(
      card(
        { title: 'Downloads a day' },
        barChart({ label: 'Downloads a day', points: points((day) => day.count), format: count }),
      ),
      card(
        { title: 'Sent a day' },
        lineChart({ label: 'Bytes sent a day', points: points((day) => day.bytes), format: bytes }),
      ),
    ),
    top.length > 0 &&
      card(
        { title: 'Most downloaded' },
        element(
          'ol',
          { class: 'ranking' },
          ...top.map(({ file, count: times }) => {
            const bar = element('progress', {
              max: Math.max(top[0]?.count ?? 1, 1),
              value: times,
              'aria-hidden': 'true',
            });
            return element(
              'li',
              null,
              element('a', { href: `/file/${file.id}` }, file.name),
              element('span', { class: 'soft' }, plural(times, 'download')),
              bar,
            );
          }),
        ),
      ),
  );
}

function jobTable(jobs: readonly JobState[], changed: () => void): Child {
  return table<JobState>({
    caption: 'Scheduled jobs',
    rows: jobs,
    empty: element('p', { class: 'soft' }, 'No jobs are scheduled here.'),
    columns: [
      { title: 'Job', primary: true, cell: ({ name }) => element('strong', null, name) },
      { title: 'Schedule', cell: ({ schedule }) => element('code', null, schedule) },
      { title: 'Last run', cell: ({ lastRun }) => (lastRun === null ? 'Never' : moment(lastRun)) },
      {
        title: 'Outcome',
        cell: ({ outcome }) =>
          outcome === null ? '–' : badge(outcome, /fail|error/i.test(outcome) ? 'bad' : 'good'),
      },
      { title: 'Next run', cell: ({ nextRun }) => (nextRun === null ? '–' : moment(nextRun)) },
      { title: 'Actions', untitled: true, cell: (job) => runButton(job, changed) },
    ],
  });
}

function runButton({ name }: JobState, changed: () => void): HTMLElement {
  const run = button({
    text: 'Run now',
    small: true,
    onClick: () => {
      busy(run, api.post(`/api/admin/jobs/${encodeURIComponent(name)}/run`)).then(
        () => {
          toast(`${name} was started.`);
          changed();
        },
        (error: unknown) => toast(describe(error), 'bad'),
      );
    },
  });
  return run;
}
