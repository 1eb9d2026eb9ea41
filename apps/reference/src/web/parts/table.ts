import { type Child, element } from '../dom/element.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Child;
  /** Set to the right, in figures of one width. */
  readonly numeric?: boolean;
  /** Names the row; on a narrow screen it heads the card. */
  readonly primary?: boolean;
  /** Long words are broken, so that the table needs no more width than there is. */
  readonly wraps?: boolean;
  /** For screen readers alone: a column of buttons or boxes. */
  readonly untitled?: boolean;
  /** What stands at the head in place of the title: a box, a button that sorts. */
  readonly head?: Child;
  readonly sorted?: 'ascending' | 'descending' | undefined;
}

/** A table; below 40rem each row is a card, and each cell is named by its column. */
export function table<Row>(options: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** In place of a table without rows. */
  readonly empty?: Child;
  readonly rowId?: (row: Row) => string;
}): HTMLElement {
  const { columns, rows, empty } = options;
  if (rows.length === 0 && empty !== undefined) return element('div', null, empty);
  const frame = element(
    'div',
    { class: 'table-frame' },
    // Roles are said again: a table shown as cards is none to a screen reader otherwise.
    element(
      'table',
      { role: 'table' },
      element('caption', { class: 'hidden' }, options.caption),
      element(
        'thead',
        { role: 'rowgroup' },
        element('tr', { role: 'row' }, ...columns.map(headOf)),
      ),
      element(
        'tbody',
        { role: 'rowgroup' },
        ...rows.map((row) => tableRow(columns, row, options.rowId?.(row))),
      ),
    ),
  );
  reachable(frame, options.caption);
  return frame;
}

/** What is wider than its place is scrolled by the keyboard, too. https://www.w3.org/WAI/WCAG22/Understanding/keyboard.html */
function reachable(frame: HTMLElement, name: string): void {
  new ResizeObserver(() => {
    if (frame.scrollWidth > frame.clientWidth) {
      for (const [attribute, value] of Object.entries({
        tabindex: '0',
        role: 'region',
        'aria-label': name,
      }))
        frame.setAttribute(attribute, value);
    } else
      for (const attribute of ['tabindex', 'role', 'aria-label']) frame.removeAttribute(attribute);
  }).observe(frame);
}

export function tableRow<Row>(
  columns: readonly Column<Row>[],
  row: Row,
  id?: string,
): HTMLTableRowElement {
  return element(
    'tr',
    { role: 'row', 'data-id': id },
    ...columns.map((column) =>
      element(
        'td',
        { role: 'cell', class: classOf(column), 'data-label': column.title },
        column.cell(row),
      ),
    ),
  );
}

function headOf<Row>(column: Column<Row>): HTMLElement {
  const { title, untitled, head, sorted } = column;
  return element(
    'th',
    { role: 'columnheader', scope: 'col', class: classOf(column), 'aria-sort': sorted },
    head ?? (untitled === true ? element('span', { class: 'hidden' }, title) : title),
  );
}

function classOf<Row>({ numeric, primary, wraps, untitled }: Column<Row>): string | undefined {
  const names = [
    numeric && 'numeric',
    primary && 'primary',
    wraps && 'wraps',
    untitled && 'untitled',
  ];
  return names.filter((name) => typeof name === 'string').join(' ') || undefined;
}
