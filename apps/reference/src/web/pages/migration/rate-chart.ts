import { element, fill, vector } from '../../dom/element.js';

const WIDTH = 480;
const HEIGHT = 140;
const LEFT = 64;
const BOTTOM = 22;
const TOP = 10;

/** Milliseconds that are shown. */
const SPAN = 60_000;

export interface RateChart {
  readonly view: HTMLElement;
  /** @param now milliseconds since 1970, by the server’s clock. */
  show(points: readonly { readonly at: string; readonly value: number }[], now: number): void;
}

/** A rate over the last minute, as it goes on. */
export function rateChart(options: {
  readonly label: string;
  readonly format: (value: number) => string;
}): RateChart {
  const { label, format } = options;
  const value = element('span', { class: 'rate-now' });
  const drawing = vector('svg', {
    ...{ class: 'rate-drawing', viewBox: `0 0 ${WIDTH} ${HEIGHT}` },
    ...{ role: 'img', 'aria-label': label },
  });
  const view = element(
    'figure',
    { class: 'rate' },
    element('figcaption', null, element('span', null, label), value),
    drawing,
  );
  const show: RateChart['show'] = (points, now) => {
    const recent = points.filter(({ at }) => Date.parse(at) > now - SPAN);
    const most = niceMaximum(Math.max(0, ...recent.map((point) => point.value)));
    const x = (at: string) => LEFT + (1 - (now - Date.parse(at)) / SPAN) * (WIDTH - LEFT - 8);
    const y = (rate: number) => HEIGHT - BOTTOM - (rate / most) * (HEIGHT - BOTTOM - TOP);
    const latest = recent.at(-1)?.value ?? 0;
    fill(value, format(latest));
    drawing.setAttribute('aria-label', `${label}, last minute: now ${format(latest)}`);
    fill(
      drawing,
      ...[0, 0.5, 1].map((share) => gridLine(y(share * most), format(share * most))),
      ...['60 s ago', '30 s', 'now'].map((text, index) => timeMark(text, index / 2)),
      ...curve(recent.map((point) => [x(point.at), y(point.value)] as const)),
    );
  };
  return { view, show };
}

function gridLine(y: number, text: string): SVGElement {
  return vector(
    'g',
    { class: 'rate-grid' },
    vector('line', { x1: LEFT, x2: WIDTH - 8, y1: y, y2: y }),
    vector('text', { x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, text),
  );
}

function timeMark(text: string, share: number): SVGElement {
  const x = LEFT + share * (WIDTH - LEFT - 8);
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
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((each) => each * power >= value) ?? 10;
  return factor * power;
}
