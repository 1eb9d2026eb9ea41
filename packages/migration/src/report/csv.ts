/** What a spreadsheet takes for a formula where a cell begins with it (https://owasp.org/www-community/attacks/CSV_Injection). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * One record by RFC 4180, its line end included. Text that a spreadsheet would take for a formula gets an apostrophe before it;
 * numbers are as they are.
 */
export function csvRecord(cells: readonly (string | number | boolean | undefined)[]): string {
  return `${cells.map(field).join(',')}\r\n`;
}

function field(cell: string | number | boolean | undefined): string {
  if (cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
