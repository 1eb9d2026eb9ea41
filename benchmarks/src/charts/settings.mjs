import { COLOURS, escaped, round, roundAbove } from '../../load/chart.mjs';
import { each } from '../measure/result.mjs';
import { svg } from './svg.mjs';

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [760, 280, 70, 20, 30, 40];

/** Operations a second by the number that a contestant's name begins with, on a scale of doublings; those without a number as a level. @returns SVG. */
export function settings({ name: title, results }) {
  const rows = results.map((row) => ({
    name: row.contestant,
    setting: Number.parseInt(row.contestant, 10),
    rate: 1000 / each(row, 'wall'),
  }));
  const fixed = rows
    .filter(({ setting }) => !Number.isNaN(setting))
    .sort((a, b) => a.setting - b.setting);
  const top = roundAbove(Math.max(...rows.map(({ rate }) => rate)));
  const widest = Math.log2(Math.max(2, ...fixed.map(({ setting }) => setting)));
  const x = (setting) => round(LEFT + (Math.log2(setting) / widest) * (WIDTH - LEFT - RIGHT));
  const y = (rate) => round(HEIGHT - BOTTOM - (rate / top) * (HEIGHT - TOP - BOTTOM));
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(part * top)}" y2="${y(part * top)}"/><text x="${LEFT - 6}" y="${y(part * top) + 4}" text-anchor="end">${round(part * top)}</text>`,
  );
  const places = fixed.map(
    ({ setting }) =>
      `<text x="${x(setting)}" y="${HEIGHT - 22}" text-anchor="middle">${setting}</text>`,
  );
  const points = fixed.map(({ setting, rate }) => `${x(setting)},${y(rate)}`).join(' ');
  const levels = rows
    .filter(({ setting }) => Number.isNaN(setting))
    .map(
      ({ name, rate }, index) =>
        `<line class="line" stroke="${COLOURS[index + 1]}" stroke-dasharray="6 4" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(rate)}" y2="${y(rate)}"/><text x="${LEFT + 6}" y="${y(rate) - 5}">${escaped(name)}: ${Math.round(rate)} a second</text>`,
    );
  return svg(
    title,
    [WIDTH, HEIGHT],
    [
      `<text x="${LEFT}" y="18">files a second, by how many are under way at once</text>`,
      ...grid,
      ...places,
      `<polyline class="line" stroke="${COLOURS[0]}" points="${points}"/>`,
      ...levels,
    ],
  );
}
