import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart, escaped } from './chart.mjs';

const MIB = 2 ** 20;

/** Findings that are shown. */
const SHOWN = 20;

/** Writes `report.json` and `report.html`, which needs nothing else. */
export async function writeReport(directory, report) {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(directory, 'report.html'), page(report));
}

/** For the terminal. */
export function summary({
  findings,
  wrong,
  files,
  deleted,
  answers,
  troubles,
  abandoned,
  latencies,
  samples,
}) {
  const requests = latencies.reduce((sum, { count }) => sum + count, 0);
  const most = (what) =>
    Math.max(0, ...samples.flatMap(({ instances }) => instances.map((each) => each[what] ?? 0)));
  return [
    findings.length === 0
      ? 'Nothing was lost, wrong, or left behind.'
      : `${findings.length} findings (${wrong} wrong answers):`,
    ...findings.slice(0, SHOWN).map((finding) => `  ${finding}`),
    ...(findings.length > SHOWN ? ['  and others: see report.json'] : []),
    `${requests} requests of users; at the end, ${files} files were whole and ${deleted} deleted ones gone`,
    `answers while S3 was in trouble: ${Object.entries(answers)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', ')}`,
    `${abandoned} uploads in parts were broken off by S3, and are left to its lifecycle rule`,
    ...troubles.map(
      ({ kind, ms, recovered }) =>
        `S3 ${kind} for ${ms} ms; the last request refused for it ended ${recovered} ms later`,
    ),
    `at the most: ${(most('rss') / MIB).toFixed()} MiB, ${most('descriptors')} descriptors, ${most('clients')} sockets to clients, ` +
      `${most('store')} to S3, event loop late by ${most('delayMax').toFixed()} ms`,
  ].join('\n');
}

function page(report) {
  const { made, options, samples, scenes } = report;
  const of = (name, scale = 1) =>
    Array.from({ length: options.instances }, (_, index) => ({
      name: `application ${index + 1}`,
      points: samples.map(({ at, instances }) => [at, (instances[index]?.[name] ?? 0) / scale]),
    }));
  const driver = (name, label) => [
    { name: label, points: samples.map((sample) => [sample.at, sample[name]]) },
  ];
  const charts = [
    ['Requests of users, a second', driver('requests', 'requests')],
    ['Refused or broken off, a second', driver('errors', 'answers')],
    ['The slowest request of a user, ms', driver('slowest', 'ms')],
    ['Resident memory, MiB', of('rss', MIB)],
    ['Heap in use, MiB', of('heap', MIB)],
    ['Descriptors, without those of connections', of('descriptors')],
    ['Sockets to clients', of('clients')],
    ['Sockets to S3', of('store')],
    ['Delay of the event loop, 99th percentile, ms', of('delayP99')],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Load test</title><style>${STYLE}</style></head><body><main>
<h1>The reference application under load</h1>
<p>${escaped(made)}: ${options.seconds} s, ${options.users} users, ${options.instances} processes, S3 server: ${escaped(options.server)}</p>
<pre>${escaped(summary(report))}</pre>
${charts.map(([title, series]) => chart(title, series, scenes)).join('\n')}
<h2>Latencies of users, ms</h2>
${table(['scene', 'kind', 'count', 'p50', 'p95', 'p99', 'max'], report.latencies)}
<h2>Reads, ranges and listings by autocannon, ms</h2>
${table(
  ['scene', 'requests', 'perSecond', 'ok', 'other', 'cut', 'p50', 'p90', 'p99', 'max'],
  report.autocannon.map(({ answers, latency, ...shot }) => ({ ...shot, ...answers, ...latency })),
)}
</main></body></html>
`;
}

function table(names, rows) {
  const cell = (value) =>
    typeof value === 'number' ? String(Math.round(value * 10) / 10) : escaped(value);
  const line = (tag, cells) =>
    `<tr>${cells.map((text) => `<${tag}>${text}</${tag}>`).join('')}</tr>`;
  return `<table>${line('th', names)}${rows
    .map((row) =>
      line(
        'td',
        names.map((name) => cell(row[name])),
      ),
    )
    .join('\n')}</table>`;
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
pre { white-space: pre-wrap; padding: 1rem; border: 1px solid #8886; border-radius: 6px; }
figure { margin: 0 0 1.5rem; } figcaption { font-weight: 600; }
svg { display: block; width: 100%; height: auto; } svg text { font-size: 11px; fill: currentColor; }
.grid { stroke: #8884; } .scene { fill: #8881; } .line { fill: none; stroke-width: 1.5; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } td, th { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #8884; }
td:first-child, th:first-child { text-align: left; }
`;
