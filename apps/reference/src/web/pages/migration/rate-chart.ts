import { element, fill, vector } from '../../dom/element.js';

const HEIGHT = 120;
const LEFT = 68;
const RIGHT = 8;
const BOTTOM = 22;
const TOP = 10;

/** Milliseconds that are shown. */
const SPAN = 60_000;

/** Milliseconds without a point after which nothing is at work: no line leads over it. */
const REST = 3_000;

interface Point {
  readonly at: string;
  readonly value: number;
}

export interface RateChart {
  readonly view: HTMLElement;
  /** @param now milliseconds since 1970, by the server’s clock. */
  show(points: readonly Point[], now: number): void;
}

/** A rate over the last minute, as it goes on. */
export function rateChart(options: {
  readonly label: string;
  readonly format: (value: number) => string;
}): RateChart {
  const { label, format } = options;
  const value = element('span', { class: 'rate-now' });
  const drawing = vector('svg', { class: 'rate-drawing', role: 'img', 'aria-label': label });
  const view = element(
    'figure',
    { class: 'rate' },
    element('figcaption', null, element('span', null, label), value),
    drawing,
  );
  let width = 0;
  let shown: { readonly points: readonly Point[]; readonly now: number } | undefined;
  const draw = () => {
    if (width <= LEFT || shown === undefined) return;
    const { points, now } = shown;
    const most = niceMaximum(Math.max(0, ...points.map((point) => point.value)));
    const right = width - RIGHT;
    const x = ({ at }: Point) => LEFT + (1 - (now - Date.parse(at)) / SPAN) * (right - LEFT);
    const y = (rate: number) =>
      HEIGHT - BOTTOM - (most === 0 ? 0 : rate / most) * (HEIGHT - BOTTOM - TOP);
    drawing.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    fill(
      drawing,
      ...(most === 0 ? [0] : [0, 0.5, 1]).map((share) =>
        gridLine(right, y(share * most), format(share * most)),
      ),
      ...['60 s ago', '30 s', 'now'].map((text, index) => timeMark(right, text, index / 2)),
      ...stretches(points).flatMap((stretch) =>
        curve(stretch.map((point) => [x(point), y(point.value)] as const)),
      ),
    );
  };
  // Drawn anew at each width, so that its letters keep their size.
  new ResizeObserver(([entry]) => {
    width = Math.round(entry?.contentRect.width ?? 0);
    draw();
  }).observe(drawing);
  const show: RateChart['show'] = (points, now) => {
    shown = { points: points.filter(({ at }) => Date.parse(at) > now - SPAN), now };
    const last = shown.points.at(-1);
    const rate = last !== undefined && Date.parse(last.at) > now - REST ? last.value : 0;
    fill(value, format(rate));
    drawing.setAttribute('aria-label', `${label}, last minute: now ${format(rate)}`);
    draw();
  };
  return { view, show };
}

/** Points that follow each other without a rest. */
function stretches(points: readonly Point[]): readonly (readonly Point[])[] {
  const found: Point[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    const at = Date.parse(point.at);
    if (at - before > REST) found.push([]);
    found.at(-1)?.push(point);
    before = at;
  }
  return found;
}

function gridLine(right: number, y: number, text: string): SVGElement {
  return vector(
    'g',
    { class: 'rate-grid' },
    vector('line', { x1: LEFT, x2: right, y1: y, y2: y }),
    vector('text', { x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, text),
  );
}

function timeMark(right: number, text: string, share: number): SVGElement {
  const x = LEFT + share * (right - LEFT);
  const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
  return vector('text', { class: 'rate-mark', x, y: HEIGHT - 4, 'text-anchor': anchor }, text);
}

function curve(points: readonly (readonly [x: number, y: number])[]): SVGElement[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return [];
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const base = HEIGHT - BOTTOM;
  return [
    vector('polygon', {
      class: 'rate-area',
      points: `${first[0].toFixed(1)},${base} ${line} ${last[0].toFixed(1)},${base}`,
    }),
    vector('polyline', { class: 'rate-line', points: line }),
  ];
}

/** 1, 2 or 5 times a power of ten, so that the marks stay where they are for a while. */
function niceMaximum(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((each) => each * power >= value) ?? 10;
  return factor * power;
}
