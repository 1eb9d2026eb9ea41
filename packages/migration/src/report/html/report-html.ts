import { createHash } from 'node:crypto';
import { cellText, isNumeric } from '../cell-text.js';
import { formatBytes, formatCount, formatSeconds } from '../format.js';
import { headlineOf } from '../headline.js';
import type { JournalReport } from '../journal-report.js';
import { STATE_NAMES } from '../names.js';
import { type Cell, type Column, type Section, sectionsOf } from '../sections.js';
import {
  BYTE_RATE,
  FILE_RATE,
  partBar,
  percent,
  rateChart,
  stackedBar,
  troubleChart,
} from './charts.js';
import { html, Markup, NOTHING } from './markup.js';
import { STYLE } from './style.js';

/** Runs that are shown; all of them are counted, and in the other formats. */
const RUNS = 40;

/**
 * The report as one page that needs nothing else: no script, no request, on screen light or dark, on paper A4. The page's
 * own policy forbids whatever is not its style sheet.
 */
export function reportHtml(report: JournalReport): string {
  const headline = headlineOf(report);
  const { summary, made } = report;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${STYLE_HASH}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Migration report: ${headline.words}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<header>
<h1>Migration report</h1>
<dl class="route">
<dt>from</dt><dd><bdi>${summary.source}</bdi></dd>
<dt>to</dt><dd><bdi>${summary.target}</bdi></dd>
<dt>as of</dt><dd>${cellText('time', made)}</dd>
</dl>
<div class="headline ${headline.mood}"><strong>${headline.words}</strong><p>${headline.sentence}</p></div>
${figures(report)}
</header>
${sectionsOf(report).map((section) => sectionHtml(section, report))}
<footer>Made from the journal <bdi>${summary.journal}</bdi>.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

function figures({ summary, work, failures }: JournalReport): Markup {
  const { share, total, verified, unresolved } = summary;
  const whole = verified.byContent + verified.byChecksum;
  const failed = failures.reduce((sum, cause) => sum + cause.files, 0);
  const copying = work.find(({ kind }) => kind === 'migrate');
  const told: (readonly [name: string, value: string])[] = [
    ['of the files are done', total.files === 0 ? '–' : percent(share.files)],
    ['files', formatCount(total.files)],
    ['in all', formatBytes(total.bytes)],
    ['found whole', formatCount(whole)],
    ['unresolved', formatCount(unresolved)],
    ['with an error', formatCount(failed)],
    ...(copying === undefined
      ? []
      : ([
          ['spent copying', formatSeconds(copying.seconds)],
          ['in the mean', `${formatBytes(copying.bytes.mean)}/s`],
        ] as const)),
  ];
  return html`<dl class="figures">${told.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

function sectionHtml(section: Section, report: JournalReport): Markup {
  const { id, title } = section;
  if (id === 'migration') return NOTHING; // the page's head tells it
  return html`<section aria-labelledby="section-${id}">
<h2 id="section-${id}">${title}</h2>
${content(section, report)}
</section>
`;
}

function content(section: Section, report: JournalReport): Markup {
  const { id, rows } = section;
  if (id === 'states') return html`${stateBars(report)}${table(section, stateSwatches(report))}`;
  if (id === 'sizes' || id === 'types') return shared(section);
  if (id === 'runs' && rows.length > RUNS) {
    const older = formatCount(rows.length - RUNS);
    return html`${table({ ...section, rows: rows.slice(0, RUNS) })}<p>And ${older} older runs.</p>`;
  }
  if (id === 'cost' && report.cost !== undefined) {
    const { provider, region, date } = report.cost;
    return html`${table(section)}<p>By the prices of ${provider} in ${region} of ${date}, without taxes and discounts. Storage is each month, the rest once.</p>`;
  }
  const work = report.work.find(({ kind }) => id === `timeline-${kind}`);
  if (work === undefined) return table(section);
  const { kind, timeline } = work;
  return html`${rateChart(kind, timeline, FILE_RATE)}${rateChart(kind, timeline, BYTE_RATE)}${troubleChart(kind, timeline)}
<p>Filled: the mean of each stretch of time. Broken line: the peak within it. Pauses between runs are left out.</p>
<details><summary>The figures behind the charts</summary>${table(section)}</details>`;
}

function stateBars({ summary }: JournalReport): Markup {
  const parts = (what: 'files' | 'bytes') =>
    Object.entries(STATE_NAMES).flatMap(([state, name]) => {
      const value = summary.files[state as keyof typeof STATE_NAMES][what];
      return value === 0 ? [] : [{ name, state, value }];
    });
  return html`${stackedBar('states-files', 'By number', parts('files'))}${stackedBar('states-bytes', 'By bytes', parts('bytes'))}`;
}

/** Before the name in each row, the colour that it has in the chart. */
function stateSwatches({ summary }: JournalReport): readonly Markup[] {
  return Object.keys(STATE_NAMES)
    .filter((state) => summary.files[state as keyof typeof STATE_NAMES].files > 0)
    .map(
      (state) =>
        html`<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true" focusable="false"><rect class="state-${state}" width="10" height="10"/></svg>`,
    );
}

/** A table whose rows also show their share of the whole, by files and by bytes. */
function shared(section: Section): Markup {
  const shares = [1, 2].map((place) => {
    const values = section.rows.map((row) => Number(row[place] ?? 0));
    const whole = values.reduce((sum, value) => sum + value, 0);
    return values.map((value) => (whole === 0 ? 0 : value / whole));
  });
  const after = section.rows.map(
    (_, row) =>
      html`${shares.map((values) => html`<td class="part">${partBar(values[row] ?? 0)}</td>`)}`,
  );
  const heads = html`<th scope="col" class="part">share of files</th><th scope="col" class="part">of bytes</th>`;
  return table(section, [], { heads, cells: after });
}

function table(
  { title, columns, rows }: Section,
  before: readonly Markup[] = [],
  after?: { readonly heads: Markup; readonly cells: readonly Markup[] },
): Markup {
  const head = columns.map(
    ({ name, kind }) => html`<th scope="col" class="${classOf(kind)}">${name}</th>`,
  );
  const body = rows.map(
    (row, index) =>
      html`<tr>${row.map((cell, place) => tableCell(columns[place], cell, place === 0 ? (before[index] ?? NOTHING) : undefined))}${after?.cells[index] ?? NOTHING}</tr>
`,
  );
  return html`<div class="table" role="region" aria-label="${title}" tabindex="0"><table><thead><tr>${head}${after?.heads ?? NOTHING}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

/** @param before In the cell that heads its row, what stands before the text; `undefined` in the others. */
function tableCell(column: Column | undefined, cell: Cell, before: Markup | undefined): Markup {
  const kind = column?.kind ?? 'given';
  const text = cellText(kind, cell);
  const content = kind === 'given' ? html`<bdi>${text}</bdi>` : html`${text}`;
  return before === undefined
    ? html`<td class="${classOf(kind)}">${content}</td>`
    : html`<th scope="row" class="${classOf(kind)}">${before}${content}</th>`;
}

function classOf(kind: Column['kind']): string {
  return isNumeric(kind) ? 'number' : kind;
}
