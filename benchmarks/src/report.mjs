import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bars } from './charts/bars.mjs';
import { settings } from './charts/settings.mjs';
import { each } from './measure/result.mjs';

export const DOCS = fileURLToPath(new URL('../../docs/benchmarks/', import.meta.url));
const MIB = 1024 ** 2;

/** Columns of a table: those without a value in any row are left out. */
const COLUMNS = [
  ['', (row) => row.contestant],
  ['CPU', (row) => `${ms(each(row, 'cpu'))} CPU`],
  ['ratio', (row) => times(row.cpuRatio)],
  ['lowest–highest', (row) => range(row, 'cpu')],
  ['wall', (row) => ms(each(row, 'wall'))],
  ['ratio', (row) => times(row.wallRatio)],
  ['lowest–highest', (row) => range(row, 'wall')],
  ['a second', (row, result) => rate(row, result)],
  ['to the limit, CPU and wall', (row) => limits(row)],
  ['peak memory', (row) => mib(row.peakMemory)],
  ['first copy: CPU, wall, peak memory', (row) => firstOf(row)],
  ['requests', (row) => (row.requests === undefined ? '' : asText(row.requests))],
];

export function summary(result) {
  const rows = tableOf(result).rows;
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join('  '));
  return [result.name, ...lines.map((line) => `  ${line.trimEnd()}`)].join('\n');
}

function tableOf(result) {
  const cells = result.results.map((row) => COLUMNS.map(([, cell]) => cell(row, result)));
  const used = COLUMNS.map((_, column) => cells.some((row) => row[column] !== ''));
  const only = (row) => row.filter((_, column) => used[column]);
  return { names: only(COLUMNS.map(([name]) => name)), rows: cells.map(only) };
}

const ms = (value) => `${value.toFixed(3)} ms`;
const times = (value) => `${value.toFixed(2)}×`;
const mib = (bytes) => (bytes === undefined ? '' : `${Math.round(bytes / MIB)} MiB`);

function range(row, measure) {
  const { lowest, highest } = row[measure];
  const of = (value) => (value / row.operations).toFixed(3);
  return `(${of(lowest)}–${of(highest)})`;
}

function rate(row, { bytes }) {
  const operations = 1000 / each(row, 'wall');
  return bytes >= MIB
    ? `${Math.round((operations * bytes) / MIB)} MiB`
    : Math.round(operations).toLocaleString('en');
}

function limits({ cpuToLimit, wallToLimit }) {
  return cpuToLimit === undefined ? '' : `${times(cpuToLimit)}, ${times(wallToLimit)}`;
}

function firstOf({ first, operations }) {
  if (first === undefined) return '';
  const { cpu, wall, memory } = first;
  return [ms(cpu / operations), ms(wall / operations), mib(memory)].filter(Boolean).join(', ');
}

/** `1 GET`, or `1 GET, 0.001 PUT` where not every operation makes the same requests. */
function asText(requests) {
  const counts = Object.entries(requests).map(
    ([method, count]) => `${Number(count.toFixed(3))} ${method}`,
  );
  return counts.length === 0 ? 'none' : counts.join(', ');
}

/** @param picture the name of the file that has a result's chart, if it has one. */
export function asMarkdown(results, picture = () => undefined) {
  return results
    .map((result) => {
      const { names, rows } = tableOf(result);
      const file = picture(result);
      const left = ['', 'lowest–highest', 'requests'];
      const ruler = names.map((name) => (left.includes(name) ? '---' : '---:'));
      return [
        `### ${result.name}`,
        '',
        result.about,
        '',
        ...(file === undefined ? [] : [`![${result.name}](${file})`, '']),
        `Ratios to ${result.baseline}${result.limit === undefined ? '' : `, and to the limit: ${result.limit}`}; medians of ${result.rounds} ${result.rounds === 1 ? 'round' : 'rounds'}, for one operation.`,
        '',
        `| ${names.join(' | ')} |`,
        `| ${ruler.join(' | ')} |`,
        ...rows.map((row) => `| ${row.join(' | ')} |`),
        '',
        ...(result.absent ?? []).map(({ contestant, why }) => `Without ${contestant}: ${why}.\n`),
      ].join('\n');
    })
    .join('\n');
}

/**
 * Writes `name.json`, `name.md` and a chart for each case.
 * @param page with the title, an introduction if any, and the `libraries` whose versions are told.
 * @param setting `server`: what it is called; `programs`: of others, if the page has them; `chartOf(result)`: `lines` or another.
 */
export function write(name, page, setting, results, directory = DOCS) {
  mkdirSync(directory, { recursive: true });
  const machine = machineOf(page, setting);
  const picture = ({ name: of }) => `${name}.${slug(of)}.svg`;
  for (const file of readdirSync(directory))
    if (file.startsWith(`${name}.`) && file.endsWith('.svg')) rmSync(join(directory, file));
  for (const result of results) {
    const draw = setting.chartOf(result) === 'lines' ? settings : bars;
    writeFileSync(join(directory, picture(result)), draw(result));
  }
  writeFileSync(
    join(directory, `${name}.json`),
    `${JSON.stringify({ machine, results }, null, 2)}\n`,
  );
  const about = Object.entries({ ...machine, ...machine.versions })
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([what, value]) => `| ${what} | ${value} |`);
  const text = [
    `# ${page.title}`,
    '',
    'Written by `npm run bench -- --write`. Client and server share the machine, and nothing else runs on it.',
    '',
    '| | |\n| --- | --- |',
    ...about,
    '',
    ...(page.introduction === undefined ? [] : [page.introduction, '']),
    asMarkdown(results, picture),
  ].join('\n');
  writeFileSync(join(directory, `${name}.md`), text);
}

function machineOf({ libraries, programs: shown }, { server, programs }) {
  return {
    node: process.version,
    system: `${process.platform} ${release()} ${process.arch}`,
    processor: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    date: new Date().toISOString().slice(0, 10),
    server,
    versions: { ...versions(libraries), ...(shown === true ? versionsOf(programs) : {}) },
  };
}

const slug = (text) =>
  text
    .toLowerCase()
    .replaceAll(',', '')
    .replaceAll(/[^a-z0-9]+/g, '-');

/** @returns what was written for a page; `[]` where nothing was. */
export function written(name, directory = DOCS) {
  try {
    const { results } = JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8'));
    return results.map(({ results: rows, ...result }) => ({
      ...result,
      // pages of before have the number of operations only for all together
      results: rows.map((row) => ({ operations: result.operations, ...row })),
    }));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function versionsOf(programs) {
  return Object.fromEntries(Object.entries(programs).map(([name, { version }]) => [name, version]));
}

function versions(names) {
  return Object.fromEntries(
    names.map((name) => {
      const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
      return [name, JSON.parse(readFileSync(manifest, 'utf8')).version];
    }),
  );
}
