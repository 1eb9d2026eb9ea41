import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

/** What `npm run load` leaves as `report.json`, as far as tests look at it. */
interface LoadReport {
  /** What was lost, wrong, answered against the policy, or left behind. */
  readonly findings: readonly string[];
  readonly files: number;
  readonly deleted: number;
  readonly answers: Readonly<Record<'refused' | 'cut', number>>;
  readonly troubles: readonly { readonly kind: string; readonly recovered: number }[];
  readonly latencies: readonly { readonly scene: string; readonly kind: string }[];
  readonly autocannon: readonly { readonly answers: { readonly ok: number } }[];
  readonly samples: readonly {
    readonly instances: readonly Readonly<Record<string, number | null>>[];
  }[];
}

const PROGRAM = fileURLToPath(new URL('../../../../benchmarks/load/main.mjs', import.meta.url));

/** Runs the load test as a user does, and expects of its report what has to be so on any server. */
export async function expectUnharmed(...args: readonly string[]): Promise<LoadReport> {
  const directory = await mkdtemp(join(tmpdir(), 'load-report-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const child = spawn(process.execPath, [PROGRAM, '--report', directory, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // a test that is ended ends it
  });
  onTestFinished(() => {
    child.kill();
  });
  const exit = once(child, 'exit');
  const outputs = [child.stdout, child.stderr].flatMap((output) => output ?? []);
  const told = await Promise.all(outputs.map((output) => text(output)));
  await exit;
  const file = await readFile(join(directory, 'report.json'), 'utf8').catch(() => undefined);
  if (file === undefined) throw new Error(`there is no report: ${told.join('\n')}`);
  const report: LoadReport = JSON.parse(file);
  expect(report.findings).toEqual([]);
  expect(child.exitCode).toBe(0);
  expect(report.files).toBeGreaterThan(0);
  expect(report.deleted).toBeGreaterThan(0);
  expect(report.troubles.map(({ kind }) => kind)).toEqual(['away', 'slow', 'storm', 'away']);
  expect(report.answers.refused).toBeGreaterThan(0);
  const scenes = new Set(report.latencies.map(({ scene }) => scene));
  expect([...scenes]).toEqual(expect.arrayContaining(['source', 'prepare', 'hybrid', 'target']));
  const kinds = new Set(report.latencies.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(['delete', 'list', 'range', 'read', 'upload']);
  for (const { answers } of report.autocannon) expect(answers.ok).toBeGreaterThan(0);
  const vitals = report.samples.at(-1)?.instances[0] ?? {};
  for (const name of ['rss', 'heap', 'delayP99']) expect(vitals[name]).toBeGreaterThan(0);
  const page = await readFile(join(directory, 'report.html'), 'utf8');
  expect(page).toContain('<polyline');
  expect(page).not.toMatch(/<script|<link|src=/);
  return report;
}
