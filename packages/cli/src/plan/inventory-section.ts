import { type Count, type MigrationPlan, sizeName } from '@org/storage-migration';
import { formatBytes, formatCount, printable } from '../format.js';
import { type Align, bar, clip, table } from './layout.js';

type Inventory = MigrationPlan['inventory'];
type Row = Count & { readonly name: string };

/** Characters of a name, and of a row without its bar. */
const NAME = 24;
const WITHOUT_BAR = 62;
/** Types that are named. */
const TYPES = 8;
/** Of the largest files, those that are shown. */
const LARGEST = 5;

const ALIGN: readonly Align[] = ['left', 'right', 'right', 'right', 'left'];

/** Three tables under each other that share their columns, and the largest files. */
export function inventorySection(inventory: Inventory, columns: number): string[] {
  if (inventory.files === 0) return [];
  const { sizes, types, ages, largest, bytes } = inventory;
  const groups: readonly (readonly [string, readonly Row[]])[] = [
    ['size', sizes.map((size) => ({ ...size, name: sizeName(size) }))],
    ['type by name', mostOf(types.map(({ type, ...count }) => ({ ...count, name: type })))],
    ['modified', ages.map((age) => ({ ...age, name: ageName(age.withinDays) }))],
  ];
  const width = Math.min(24, columns - WITHOUT_BAR);
  const rows = groups.flatMap(([title, group], index) => [
    ...(index === 0 ? [] : [[]]),
    [title, 'files', 'bytes', '% bytes'],
    ...group.map((row) => cellsOf(row, bytes, width)),
  ]);
  const files = largest.slice(0, LARGEST).map(({ key, size }) => [formatBytes(size), key]);
  return [
    ...table(rows, ALIGN),
    '',
    'largest',
    ...table(files, ['right', 'left']).map((line) => clip(printable(line), columns - 2)),
  ];
}

function cellsOf(row: Row, bytes: number, width: number): string[] {
  const share = bytes === 0 ? 0 : row.bytes / bytes;
  return [
    clip(row.name, NAME),
    formatCount(row.files),
    formatBytes(row.bytes),
    percent(share),
    bar(share, width),
  ];
}

/** The first ones, and the others as one. */
function mostOf(rows: readonly Row[]): Row[] {
  if (rows.length <= TYPES + 1) return [...rows];
  const others = rows.slice(TYPES);
  const sum = (of: (row: Row) => number) => others.reduce((total, row) => total + of(row), 0);
  const name = `${formatCount(others.length)} others`;
  return [
    ...rows.slice(0, TYPES),
    { name, files: sum(({ files }) => files), bytes: sum(({ bytes }) => bytes) },
  ];
}

function ageName(days: number | undefined): string {
  if (days === undefined) return 'before';
  if (days === 0) return 'in the future';
  if (days === 1) return 'within a day';
  if (days === 365) return 'within a year';
  return days > 365 ? `within ${days / 365} years` : `within ${days} days`;
}

function percent(share: number): string {
  if (share > 0 && share < 0.01) return '< 1 %';
  return `${Math.round(share * 100)} %`;
}
