import { formatBytes, formatCount, formatRate, formatSeconds, printable } from './format.js';
import type { Cell, CellKind } from './sections.js';

/** Characters of a text from outside that are shown to people. */
const LONGEST = 240;

/** What people read in a cell. */
export function cellText(kind: CellKind, cell: Cell): string {
  if (cell === undefined) return '';
  if (cell instanceof Date) return `${cell.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (typeof cell === 'string') return kind === 'given' ? elided(printable(cell)) : cell;
  switch (kind) {
    case 'bytes':
      return formatBytes(cell);
    case 'byte-rate':
      return `${formatBytes(cell)}/s`;
    case 'rate':
      return formatRate(cell);
    case 'seconds':
      return formatSeconds(cell);
    case 'money':
      return cell.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    default:
      return formatCount(cell);
  }
}

/** Whether a column is set to the right. */
export function isNumeric(kind: CellKind): boolean {
  return kind !== 'text' && kind !== 'given' && kind !== 'time';
}

/** Leaves out the middle of a text that is too long. */
function elided(text: string): string {
  const characters = [...text];
  if (characters.length <= LONGEST) return text;
  const half = LONGEST / 2;
  return `${characters.slice(0, half).join('')} … ${characters.slice(-half).join('')}`;
}
