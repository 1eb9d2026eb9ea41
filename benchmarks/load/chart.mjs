const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [900, 220, 60, 10, 22, 20];

export const COLOURS = ['#2563eb', '#d97706', '#059669', '#9333ea'];

/** Points of a line, at the most: of more, the highest of each stretch. */
const POINTS = 450;

/** Lines over the seconds of a run, above its scenes, as SVG. @param series `{ name, points: [second, value][] }` each. */
export function chart(title, series, scenes) {
  const end = Math.max(
    1,
    ...scenes.map(({ to }) => to),
    ...series.flatMap(({ points }) => points.at(-1)?.[0] ?? 0),
  );
  const highest = Math.max(0, ...series.flatMap(({ points }) => points.map(([, value]) => value)));
  const top = roundAbove(highest);
  const x = (second) => round(LEFT + (second / end) * (WIDTH - LEFT - RIGHT));
  const y = (value) => round(HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM));
  const bands = scenes.map(
    ({ name, from, to }, index) =>
      `${index % 2 === 0 ? `<rect class="scene" x="${x(from)}" y="${TOP}" width="${round(x(to) - x(from))}" height="${HEIGHT - TOP - BOTTOM}"/>` : ''}` +
      (scenes[index - 1]?.name === name
        ? ''
        : `<text x="${x(from) + 2}" y="${index % 2 === 0 ? 9 : 19}">${escaped(name)}</text>`),
  );
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = y(part * top);
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text x="${LEFT - 6}" y="${at + 4}" text-anchor="end">${round(part * top)}</text>`;
  });
  const times = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      `<text x="${x(part * end)}" y="${HEIGHT - 5}" text-anchor="${part === 1 ? 'end' : 'middle'}">${Math.round(part * end)} s</text>`,
  );
  const lines = series.map(({ points }, index) => {
    const path = highestOf(points).map(([second, value]) => `${x(second)},${y(value)}`);
    return `<polyline class="line" stroke="${COLOURS[index % COLOURS.length]}" points="${path.join(' ')}"/>`;
  });
  const names = series.map(
    ({ name }, index) =>
      `<span style="color:${COLOURS[index % COLOURS.length]}">${escaped(name)}</span>`,
  );
  return `<figure><figcaption>${escaped(title)} ${names.join(' ')}</figcaption>
<svg role="img" aria-label="${escaped(title)}, at the most ${round(highest)}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${[...bands, ...grid, ...times, ...lines].join('')}</svg></figure>`;
}

export function escaped(text) {
  return String(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function highestOf(points) {
  const stretch = Math.ceil(points.length / POINTS);
  if (stretch <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / stretch) }, (_, index) =>
    points
      .slice(index * stretch, (index + 1) * stretch)
      .reduce((most, point) => (point[1] > most[1] ? point : most)),
  );
}

/** 1, 2 or 4 times a power of ten, so that quarters of it are short numbers. */
export function roundAbove(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.1)));
  return ([1, 2, 4, 10].find((factor) => factor * power >= value) ?? 10) * power;
}

export function round(value) {
  return Math.round(value * 100) / 100;
}
