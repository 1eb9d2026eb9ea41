import { cellText, isNumeric } from './cell-text.js';
import { headlineOf } from './headline.js';
import type { JournalReport } from './journal-report.js';
import { type Cell, type Column, type Section, sectionsOf } from './sections.js';

/** The report for a person, in GitHub's Markdown. Without the timelines. */
export function reportMarkdown(report: JournalReport): string {
  const { words, sentence } = headlineOf(report);
  const parts = sectionsOf(report).filter(({ id }) => !id.startsWith('timeline-'));
  return [`# Migration report: ${words}`, sentence, ...parts.map(section)]
    .join('\n\n')
    .concat('\n');
}

function section({ title, columns, rows }: Section): string {
  return [
    `## ${title}`,
    '',
    line(columns.map(({ name }) => name)),
    line(columns.map(({ kind }) => (isNumeric(kind) ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((cell, index) => markdownCell(columns[index], cell)))),
  ].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function markdownCell(column: Column | undefined, cell: Cell): string {
  const kind = column?.kind ?? 'given';
  const text = cellText(kind, cell);
  return kind === 'given' && text !== '' ? codeSpan(text) : text;
}

/**
 * Text from outside, of which nothing is markup: a code span, fenced by more backticks than are in it
 * (https://spec.commonmark.org/0.31.2/#code-spans). A bar would end the table's cell even there (https://github.github.com/gfm/#example-200).
 */
function codeSpan(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^[ `]|[ `]$/.test(text) ? ' ' : '';
  return `${fence}${pad}${text.replaceAll('|', '\\|')}${pad}${fence}`;
}
