import { formatBytes, formatCount, formatRate, formatSeconds } from '../format.js';
import type { TimelinePoint } from '../timeline.js';
import { formatTick, ticks, timeTicks } from './axis.js';
import { html, type Markup, NOTHING } from './markup.js';

/** What a chart of a timeline shows of each point: a mean over its time, and perhaps a peak. */
interface Curve {
  readonly id: string;
  readonly title: string;
  readonly mean: (point: TimelinePoint) => number;
  readonly peak: (point: TimelinePoint) => number;
  readonly base: 10 | 1024;
  readonly format: (value: number) => string;
}

const WIDTH = 720;
const HEIGHT = 190;
const LEFT = 72;
const BOTTOM = 24;
const TOP = 8;

export const FILE_RATE: Curve = {
  id: 'files',
  title: 'Files a second',
  mean: (point) => point.files / point.seconds,
  peak: (point) => point.peakFileRate,
  base: 10,
  format: formatRate,
};

export const BYTE_RATE: Curve = {
  id: 'bytes',
  title: 'Bytes a second',
  mean: (point) => point.bytes / point.seconds,
  peak: (point) => point.peakByteRate,
  base: 1024,
  format: (value) => `${formatBytes(value)}/s`,
};

/** A rate over the time at work, if there is any: the mean of each point as an area, its peak as a broken line. */
export function rateChart(name: string, points: readonly TimelinePoint[], curve: Curve): Markup {
  const { mean, peak, base, format, title } = curve;
  const highest = Math.max(...points.map(peak));
  if (highest === 0) return NOTHING;
  const values = ticks(highest, 4, base);
  const x = scale(end(points), LEFT, WIDTH - 8);
  const y = scale(values.at(-1) ?? 1, HEIGHT - BOTTOM, TOP);
  const outline = (value: (point: TimelinePoint) => number) =>
    points
      .map((point) => {
        const height = y(value(point));
        return `${x(point.after)},${height} ${x(point.after + point.seconds)},${height}`;
      })
      .join(' ');
  const description =
    `${format(average(points, mean))} in the mean and ${format(highest)} at the peak, over ` +
    `${formatSeconds(end(points))} at work.`;
  const area = `${x(0)},${y(0)} ${outline(mean)} ${x(end(points))},${y(0)}`;
  return chart(`${name}-${curve.id}`, title, description, HEIGHT, [
    ...axes(points, values, x, y, format),
    html`<polygon class="area" points="${area}"/>`,
    html`<polyline class="peak" points="${outline(peak)}"/>`,
    html`<polyline class="mean" points="${outline(mean)}"/>`,
  ]);
}

/** Failures and retries over the time at work, if there were any. */
export function troubleChart(name: string, points: readonly TimelinePoint[]): Markup {
  const most = Math.max(...points.map(({ failed, retries }) => failed + retries));
  if (most <= 0) return NOTHING;
  const height = 130;
  const values = ticks(Math.max(most, 2), 2).filter((value) => value % 1 === 0);
  const x = scale(end(points), LEFT, WIDTH - 8);
  const y = scale(values.at(-1) ?? 1, height - BOTTOM, TOP);
  const bars = points.flatMap(({ after, seconds, failed, retries }) => {
    const width = Math.max(2, x(after + seconds) - x(after) - 1);
    const bar = (kind: string, from: number, to: number) =>
      html`<rect class="${kind}" x="${x(after)}" y="${y(to)}" width="${width}" height="${round(y(from) - y(to))}"/>`;
    return [
      ...(failed > 0 ? [bar('failures', 0, failed)] : []),
      ...(retries > 0 ? [bar('retries', failed, failed + retries)] : []),
    ];
  });
  const total = (what: 'failed' | 'retries') =>
    formatCount(points.reduce((sum, point) => sum + point[what], 0));
  const description = `failures, red, below: ${total('failed')}; retries, amber, above: ${total('retries')}.`;
  return chart(`${name}-trouble`, 'Failures and retries', description, height, [
    ...axes(points, values, x, y, formatCount),
    ...bars,
  ]);
}

/** Parts of a whole, side by side. */
export function stackedBar(
  id: string,
  title: string,
  parts: readonly { readonly name: string; readonly state: string; readonly value: number }[],
): Markup {
  const whole = parts.reduce((sum, { value }) => sum + value, 0);
  if (whole === 0) return NOTHING;
  const height = 26;
  let before = 0;
  const rects = parts.map(({ name, state, value }) => {
    const from = round((before / whole) * WIDTH);
    before += value;
    const width = Math.max(1, round((value / whole) * WIDTH) - 1);
    return html`<rect class="state-${state}" x="${from}" y="0" width="${width}" height="${height}"><title>${name}: ${percent(value / whole)}</title></rect>`;
  });
  const description = parts
    .map(({ name, value }) => `${name} ${percent(value / whole)}`)
    .join(', ');
  return chart(id, title, `${description}.`, height, rects);
}

/** A part of a whole, beside a row of a table, which tells it in numbers. */
export function partBar(share: number): Markup {
  const width = round(Math.max(0, Math.min(1, share)) * 100);
  return html`<svg viewBox="0 0 100 8" preserveAspectRatio="none" height="8" aria-hidden="true" focusable="false"><rect class="bar-rest" width="100" height="8"/><rect class="bar" width="${width}" height="8"/></svg>`;
}

/** Never rounded up to all: 99.99 % is not done. */
export function percent(share: number): string {
  if (share === 1 || share === 0) return `${share * 100} %`;
  return `${Math.min(99.9, Math.max(0.1, Math.floor(share * 1000) / 10)).toFixed(1)} %`;
}

function chart(
  id: string,
  title: string,
  description: string,
  height: number,
  content: readonly Markup[],
): Markup {
  return html`<figure><figcaption id="${id}">${title} <span class="description" id="${id}-description">– ${description}</span></figcaption>
<svg role="img" aria-labelledby="${id} ${id}-description" viewBox="0 0 ${WIDTH} ${height}">${content}</svg></figure>
`;
}

function axes(
  points: readonly TimelinePoint[],
  values: readonly number[],
  x: Scale,
  y: Scale,
  format: (value: number) => string,
): Markup[] {
  const bottom = y(0);
  return [
    ...values.map(
      (value) =>
        html`<line class="grid" x1="${LEFT}" x2="${WIDTH - 8}" y1="${y(value)}" y2="${y(value)}"/><text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${format(value)}</text>`,
    ),
    ...timeTicks(end(points)).map(
      (seconds) =>
        html`<line class="grid" x1="${x(seconds)}" x2="${x(seconds)}" y1="${bottom}" y2="${bottom + 4}"/><text x="${x(seconds)}" y="${bottom + 18}" text-anchor="middle">${formatTick(seconds)}</text>`,
    ),
  ];
}

type Scale = (value: number) => number;

function scale(max: number, from: number, to: number): Scale {
  return (value) => round(from + (max === 0 ? 0 : value / max) * (to - from));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function end(points: readonly TimelinePoint[]): number {
  const last = points.at(-1);
  return last === undefined ? 0 : last.after + last.seconds;
}

function average(points: readonly TimelinePoint[], rate: (point: TimelinePoint) => number): number {
  const done = points.reduce((sum, point) => sum + rate(point) * point.seconds, 0);
  return end(points) === 0 ? 0 : done / end(points);
}
