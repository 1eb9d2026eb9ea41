import { element, fill, vector } from '../dom/element.js';

export interface ChartOptions {
  /** What the chart shows, as a sentence. */
  readonly label: string;
  readonly points: readonly { readonly label: string; readonly value: number }[];
  readonly format: (value: number) => string;
}

const HEIGHT = 180;
const LEFT = 60;
const BOTTOM = 24;
const TOP = 8;

/** Pixels of a label below the chart, with the space around it. */
const LABEL = 72;

/** Bars over time; each says its value under the pointer, and all are in a table for who can't see them. */
export function barChart(options: ChartOptions): HTMLElement {
  return figure(options, (x, height, step) =>
    options.points.map(({ label, value }, index) => {
      const bar = vector('rect', {
        class: 'chart-bar',
        x: x(index) - step * 0.35,
        y: HEIGHT - BOTTOM - height(value),
        width: step * 0.7,
        height: height(value),
        rx: Math.min(2, step * 0.2),
      });
      bar.append(vector('title', null, `${label}: ${options.format(value)}`));
      return bar;
    }),
  );
}

/** A line over time, with the area under it. */
export function lineChart(options: ChartOptions): HTMLElement {
  return figure(options, (x, height) => {
    const base = HEIGHT - BOTTOM;
    const line = options.points
      .map(({ value }, index) => `${x(index)},${base - height(value)}`)
      .join(' ');
    const last = Math.max(options.points.length - 1, 0);
    return [
      vector('polygon', {
        class: 'chart-area',
        points: `${x(0)},${base} ${line} ${x(last)},${base}`,
      }),
      vector('polyline', { class: 'chart-line', points: line }),
    ];
  });
}

type Marks = (
  x: (index: number) => number,
  height: (value: number) => number,
  step: number,
) => SVGElement[];

/** Drawn anew at each width, so that its letters keep their size. */
function figure(options: ChartOptions, marks: Marks): HTMLElement {
  const drawing = vector('svg', { class: 'chart', role: 'img', 'aria-label': options.label });
  new ResizeObserver(([entry]) => {
    const width = Math.round(entry?.contentRect.width ?? 0);
    if (width > LEFT) draw(drawing, options, marks, width);
  }).observe(drawing);
  return element('figure', { class: 'figure' }, drawing, numbers(options));
}

function draw(drawing: SVGSVGElement, options: ChartOptions, marks: Marks, width: number): void {
  const { points, format } = options;
  const { top, height } = scaleOf(points.map(({ value }) => value));
  const step = (width - LEFT) / Math.max(points.length, 1);
  const x = (index: number) => LEFT + (index + 0.5) * step;
  const every = Math.max(1, Math.ceil((points.length * LABEL) / (width - LEFT)));
  drawing.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
  fill(
    drawing,
    ...[0, top / 2, top].map((value) =>
      gridLine(width, HEIGHT - BOTTOM - height(value), format(value)),
    ),
    ...marks(x, height, step),
    ...points.map(({ label }, index) =>
      index % every === 0
        ? vector(
            'text',
            {
              class: 'chart-text',
              x: Math.min(x(index), width - LABEL / 2),
              y: HEIGHT - 6,
              'text-anchor': 'middle',
            },
            label,
          )
        : null,
    ),
  );
}

function gridLine(width: number, y: number, text: string): SVGElement[] {
  return [
    vector('line', { class: 'chart-grid', x1: LEFT, x2: width, y1: y, y2: y }),
    vector('text', { class: 'chart-text', x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, text),
  ];
}

function numbers({ label, points, format }: ChartOptions): HTMLElement {
  return element(
    'details',
    { class: 'figure-data' },
    element('summary', null, 'Show the numbers'),
    element(
      'table',
      null,
      element('caption', { class: 'hidden' }, label),
      element(
        'tbody',
        null,
        ...points.map((point) =>
          element(
            'tr',
            null,
            element('th', { scope: 'row' }, point.label),
            element('td', { class: 'numeric' }, format(point.value)),
          ),
        ),
      ),
    ),
  );
}

/** Up to a round value at or above the highest point. */
function scaleOf(values: readonly number[]): { top: number; height(value: number): number } {
  const highest = Math.max(...values, 1);
  const power = 10 ** Math.floor(Math.log10(highest));
  const top = [1, 2, 4, 5, 10].map((n) => n * power).find((n) => n >= highest) ?? highest;
  return { top, height: (value) => (value / top) * (HEIGHT - BOTTOM - TOP) };
}
