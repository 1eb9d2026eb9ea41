import { COLOURS, escaped, round, roundAbove } from '../../load/chart.mjs';
import { svg } from './svg.mjs';

const [WIDTH, LEFT, RIGHT, TOP] = [760, 250, 80, 30];
const [ROW, BAR] = [38, 13];

const MEASURES = [
  { name: 'wall', label: 'wall clock' },
  { name: 'cpu', label: 'CPU' },
];

/** Milliseconds of wall clock and of CPU for one operation, two bars for each contestant, with the lowest and the highest round. @returns SVG. */
export function bars({ name: title, results }) {
  const most = Math.max(
    ...results.flatMap((row) => MEASURES.map(({ name }) => row[name].highest / row.operations)),
  );
  const end = roundAbove(most);
  const x = (ms) => round(LEFT + (ms / end) * (WIDTH - LEFT - RIGHT));
  const height = TOP + results.length * ROW + 24;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = x(part * end);
    return `<line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${height - 20}"/><text x="${at}" y="${height - 6}" text-anchor="middle">${round(part * end)} ms</text>`;
  });
  const legend = MEASURES.map(
    ({ label }, index) =>
      `<rect x="${LEFT + index * 110}" y="8" width="12" height="12" fill="${COLOURS[index]}"/><text x="${LEFT + 17 + index * 110}" y="18">${label}</text>`,
  );
  const rows = results.map((row, index) => {
    const top = TOP + index * ROW + 5;
    const pair = MEASURES.map(({ name }, which) => {
      const of = (what) => row[name][what] / row.operations;
      const y = top + which * (BAR + 1);
      const middle = y + BAR / 2;
      return `<rect x="${LEFT}" y="${y}" width="${round(x(of('median')) - LEFT)}" height="${BAR}" fill="${COLOURS[which]}"/><line class="range" x1="${x(of('lowest'))}" x2="${x(of('highest'))}" y1="${middle}" y2="${middle}"/><text x="${x(of('highest')) + 5}" y="${y + BAR - 2}">${short(of('median'))}</text>`;
    });
    return `<text x="${LEFT - 8}" y="${top + BAR + 4}" text-anchor="end">${escaped(row.contestant)}</text>${pair.join('')}`;
  });
  return svg(title, [WIDTH, height], [...legend, ...grid, ...rows]);
}

const short = (ms) => Number(ms.toPrecision(3)).toString();
