import { csvRecord } from './csv.js';
import type { JournalReport } from './journal-report.js';
import { type Cell, sectionsOf } from './sections.js';

/**
 * The report as one table: a line for each value, with its section, the number of its row in the section, and its column.
 * Sizes are in bytes, durations in seconds, times in ISO 8601.
 */
export function reportCsv(report: JournalReport): string {
  const lines = [csvRecord(['section', 'row', 'column', 'value'])];
  for (const { id, columns, rows } of sectionsOf(report)) {
    rows.forEach((row, index) => {
      row.forEach((cell, place) => {
        if (cell !== undefined)
          lines.push(csvRecord([id, index + 1, columns[place]?.name, plain(cell)]));
      });
    });
  }
  return lines.join('');
}

function plain(cell: Exclude<Cell, undefined>): string | number {
  return cell instanceof Date ? cell.toISOString() : cell;
}
