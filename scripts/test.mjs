// npm test: sets up, builds, runs every suite, and ends with the counts.
//   --quick     unit suites only, without the lengthy ones
//   --large     only the suites that take many minutes and gigabytes
//   --no-skips  a skipped test is a failure
//   other arguments go to vitest
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, run } from './run.mjs';
import { setup } from './setup.mjs';

const args = process.argv.slice(2);
const take = (flag) => {
  const index = args.indexOf(flag);
  if (index >= 0) args.splice(index, 1);
  return index >= 0;
};
const projects = take('--quick')
  ? ['quick', 'shared']
  : take('--large')
    ? ['large']
    : ['unit', 'shared', 'ceph'];
const noSkips = take('--no-skips');

setup();
run('turbo', ['run', 'build', '--output-logs=errors-only']);

const scratch = mkdtempSync(join(tmpdir(), 'storage-test-'));
const results = join(scratch, 'results.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const chosen = projects.flatMap((project) => ['--project', project]);
const status = attempt('vitest', ['run', ...chosen, ...reporters, ...args], {
  env: noSkips ? { STORAGE_CEPH: 'required' } : {},
});

let report;
try {
  report = JSON.parse(readFileSync(results, 'utf8'));
} catch {
  console.error('vitest left no results');
  process.exit(status || 1);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

const tests = report.testResults.flatMap((file) =>
  file.assertionResults.map((test) => ({ ...test, file: file.name })),
);
const count = (...states) => tests.filter((test) => states.includes(test.status)).length;
const passed = count('passed');
const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
// A file that does not load has no tests that could fail: it counts as one failure.
const broken = report.testResults.filter(
  (file) =>
    file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
);
let failed = count('failed') + broken.length;
if (noSkips) failed += skipped.length;
for (const test of skipped) console.log(`skipped: ${test.file}: ${test.fullName}`);
if (failed === 0 && (status !== 0 || passed === 0)) failed = 1; // an unhandled error, or nothing ran
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
