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

function cells({ operations }, { contestant, cpu, wall, cpuRatio, wallRatio, peakMemory }) {
  return [
    contestant,
    `${(cpu.median / operations).toFixed(3)} ms CPU`,
    `${cpuRatio.toFixed(2)}×`,
    `(${(cpu.lowest / operations).toFixed(3)}–${(cpu.highest / operations).toFixed(3)})`,
    `${(wall.median / operations).toFixed(3)} ms`,
    `${wallRatio.toFixed(2)}×`,
    `${Math.round(peakMemory / MIB)} MiB`,
  ];
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
        '| | CPU | ratio | lowest–highest | wall | ratio | peak memory |',
        '| --- | ---: | ---: | --- | ---: | ---: | ---: |',
        ...result.results.map((row) => `| ${cells(result, row).join(' | ')} |`),
        '',
      ].join('\n'),
    )
    .join('\n');
}

export function write(results) {
  mkdirSync(DOCS, { recursive: true });
  const machine = {
    node: process.version,
    system: `${process.platform} ${release()} ${process.arch}`,
    processor: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    date: new Date().toISOString().slice(0, 10),
    versions: versions(),
  };
  writeFileSync(`${DOCS}providers.json`, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  const about = Object.entries({ ...machine, ...machine.versions })
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([name, value]) => `| ${name} | ${value} |`);
  const text = [
    '# Providers against the raw SDK, `node:fs` and other libraries',
    '',
    'Written by `npm run bench -- --write`. Client and server share the machine, and nothing else runs on it.',
    '',
    '| | |\n| --- | --- |',
    ...about,
    '',
    asMarkdown(results),
  ].join('\n');
  writeFileSync(`${DOCS}providers.md`, text);
}

function versions() {
  const names = ['@aws-sdk/client-s3', '@flystorage/file-storage', 'flydrive'];
  return Object.fromEntries(
    names.map((name) => {
      const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
      return [name, JSON.parse(readFileSync(manifest, 'utf8')).version];
    }),
  );
}
