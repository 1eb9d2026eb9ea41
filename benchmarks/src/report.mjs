import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const DOCS = fileURLToPath(new URL('../../docs/benchmarks/', import.meta.url));
const MIB = 1024 ** 2;

export function summary(result) {
  const rows = result.results.map((row) => cells(result, row));
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join('  '));
  return [result.name, ...lines.map((line) => `  ${line}`)].join('\n');
}

function cells({ operations }, result) {
  const { contestant, cpu, wall, cpuRatio, wallRatio, peakMemory, requests } = result;
  return [
    contestant,
    `${(cpu.median / operations).toFixed(3)} ms CPU`,
    `${cpuRatio.toFixed(2)}×`,
    `(${(cpu.lowest / operations).toFixed(3)}–${(cpu.highest / operations).toFixed(3)})`,
    `${(wall.median / operations).toFixed(3)} ms`,
    `${wallRatio.toFixed(2)}×`,
    peakMemory === undefined ? '' : `${Math.round(peakMemory / MIB)} MiB`,
    ...(requests === undefined ? [] : [asText(requests)]),
  ];
}

/** `1 GET`, or `1 GET, 0.001 PUT` where not every operation makes the same requests. */
function asText(requests) {
  const counts = Object.entries(requests).map(
    ([method, count]) => `${Number(count.toFixed(3))} ${method}`,
  );
  return counts.length === 0 ? 'none' : counts.join(', ');
}

export function asMarkdown(results) {
  return results
    .map((result) =>
      [
        `### ${result.name}`,
        '',
        result.about,
        '',
        `Ratios to ${result.baseline}; medians of ${result.rounds} rounds, for one operation.`,
        '',
        ...header(result),
        ...result.results.map((row) => `| ${cells(result, row).join(' | ')} |`),
        '',
      ].join('\n'),
    )
    .join('\n');
}

function header({ results }) {
  const counted = results.some(({ requests }) => requests !== undefined);
  return [
    `| | CPU | ratio | lowest–highest | wall | ratio | peak memory |${counted ? ' requests |' : ''}`,
    `| --- | ---: | ---: | --- | ---: | ---: | ---: |${counted ? ' --- |' : ''}`,
  ];
}

/** @param page its file's name; with the title, an introduction if any, and the `libraries` whose versions are told. */
export function write(page, { title, introduction, libraries }, results) {
  mkdirSync(DOCS, { recursive: true });
  const machine = {
    node: process.version,
    system: `${process.platform} ${release()} ${process.arch}`,
    processor: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    date: new Date().toISOString().slice(0, 10),
    versions: versions(libraries),
  };
  writeFileSync(`${DOCS}${page}.json`, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  const about = Object.entries({ ...machine, ...machine.versions })
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([name, value]) => `| ${name} | ${value} |`);
  const text = [
    `# ${title}`,
    '',
    'Written by `npm run bench -- --write`. Client and server share the machine, and nothing else runs on it.',
    '',
    '| | |\n| --- | --- |',
    ...about,
    '',
    ...(introduction === undefined ? [] : [introduction, '']),
    asMarkdown(results),
  ].join('\n');
  writeFileSync(`${DOCS}${page}.md`, text);
}

function versions(names) {
  return Object.fromEntries(
    names.map((name) => {
      const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
      return [name, JSON.parse(readFileSync(manifest, 'utf8')).version];
    }),
  );
}
