import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

// The root depends on no parser of its own: the package that reads configurations has one.
const { parse } = createRequire(new URL('../../packages/storage/package.json', import.meta.url))(
  'yaml',
);
const folder = new URL('../../.github/workflows/', import.meta.url);
const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
const { scripts } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** Scripts that `npm` runs without `run`. */
const SHORT = ['start', 'test'];
const RUN = /^npm (?:run )?([\w:-]+)(?: --(?: [\w./=:-]+)+)?$/;
/** The commit and, for people and for what updates it, the release. */
const PINNED = /uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
const MAY_WRITE = [
  'security-events',
  'pages',
  'id-token',
  'contents',
  'pull-requests',
  'attestations',
];

it('there are workflows', () => {
  for (const name of ['ci.yml', 'codeql.yml', 'dependency-review.yml', 'docs.yml'])
    expect(files).toContain(name);
});

describe.each(files)('%s', (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const workflow = parse(text);
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);

  it('may read the repository and nothing more, unless a job says what it writes', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const [, { permissions = {} }] of jobs)
      for (const [what, right] of Object.entries(permissions))
        if (right !== 'read' && right !== 'none') expect(MAY_WRITE).toContain(what);
  });

  it('ends in time, and does not run with other people’s code and the secrets of this repository', () => {
    for (const [name, job] of jobs) expect(job['timeout-minutes'], name).toBeLessThanOrEqual(120);
    const events = typeof workflow.on === 'string' ? [workflow.on] : Object.keys(workflow.on);
    expect(events).not.toContain('pull_request_target');
  });

  it('runs scripts of the repository alone', () => {
    for (const { run } of steps.filter((step) => step.run !== undefined)) {
      const [, script] = RUN.exec(run) ?? [];
      expect(script, run).toBeDefined();
      expect(Object.keys(scripts), run).toContain(script);
      if (!run.startsWith('npm run ')) expect(SHORT, run).toContain(script);
    }
  });

  it('pins every action to a commit', () => {
    const uses = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line));
    expect(uses).toHaveLength(steps.filter((step) => step.uses !== undefined).length);
    for (const line of uses) expect(line).toMatch(PINNED);
  });

  it('leaves no credentials behind in a checkout', () => {
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')))
      expect(step.with).toMatchObject({ 'persist-credentials': false });
  });
});

it('the tests run on each Node that is supported, with Ceph, and on other systems without', () => {
  const { jobs } = parse(readFileSync(new URL('ci.yml', folder), 'utf8'));
  expect(jobs.all.strategy.matrix.node).toEqual(['20', '22', '24']);
  expect(jobs.all.steps).toContainEqual({ run: 'npm test' });
  expect(jobs.unit.strategy.matrix.os).toEqual(['macos-latest', 'windows-latest']);
  expect(jobs.unit.steps).toContainEqual({ run: 'npm run test:quick' });
});
