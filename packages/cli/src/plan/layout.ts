/** How a cell stands in its column. */
export type Align = 'left' | 'right';

/** Rows in columns as wide as their widest cell, two spaces between them; a cell that is missing is empty. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[]): string[] {
  const widths = align.map((_, column) =>
    Math.max(0, ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return rows.map((row) =>
    align
      .map((side, column) => {
        const cell = row[column] ?? '';
        const space = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
        return side === 'left' ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Words in lines of at most `width` characters; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || widthOf(last) + 1 + widthOf(word) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** A text with a hole in its middle, if it is too long: both ends of a path tell something. */
export function clip(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  const head = Math.floor((width - 1) / 2);
  const tail = width - 1 - head;
  return `${characters.slice(0, head).join('')}…${characters.slice(-tail).join('')}`;
}

/** A share as a bar of at most `width` characters; what is there at all is seen. */
export function bar(share: number, width: number): string {
  return '█'.repeat(share > 0 ? Math.min(width, Math.max(1, Math.round(share * width))) : 0);
}

/** Characters, of which some Asian ones take two columns. */
function widthOf(text: string): number {
  return [...text].length;
}
