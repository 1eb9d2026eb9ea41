import type { MemberRecord, Mode, Stage } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import { NOTHING } from '../../src/server/migration/counts.js';
import { refusalOf, refusalOfMode, type Situation } from '../../src/server/migration/refusals.js';
import type { WorkKind, WorkState } from '../../src/server/migration/state.js';

function member(stage: Stage, more: Partial<MemberRecord> = {}): MemberRecord {
  return {
    ...{ id: `m-${stage}`, role: 'application', stages: [stage], beat: 1, drain: 1_000 },
    ...{ host: 'web-1', pid: 7, started: '2026-01-01T00:00:00.000Z', ...more },
  };
}

function situation(wanted: Mode, stages: readonly Stage[], more: Partial<Situation> = {}) {
  return {
    fleet: { wanted, members: stages.map((stage) => member(stage)) },
    ...{ work: null, paused: false, unfinished: false, gate: null },
    progress: { ...NOTHING.progress, begun: true },
    ...more,
  } satisfies Situation;
}

function work(kind: WorkKind, more: Partial<WorkState> = {}): WorkState {
  const none = { files: 0, bytes: 0 };
  return {
    ...{ kind, since: '', here: true, phase: 'working', note: null, total: none, done: none },
    ...more,
  };
}

describe('a start', () => {
  it('waits for the last process to write to the target alone', () => {
    expect(refusalOf('start', situation('hybrid', ['settled', 'settled']))).toBeNull();
    expect(refusalOf('start', situation('hybrid', ['settled', 'hybrid']))).toBe(
      'the process 7 on web-1 is still in hybrid (handing over)',
    );
    expect(refusalOf('start', situation('hybrid', ['prepare', 'hybrid']))).toBe(
      'the process 7 on web-1 is still in prepare, and 1 more',
    );
  });

  it('needs a process of the application that is known: whoever has the lease is none', () => {
    const { fleet, ...rest } = situation('hybrid', []);
    const members = [member('settled', { role: 'migrator' })];
    for (const known of [fleet, { ...fleet, members }])
      expect(refusalOf('start', { ...rest, fleet: known })).toBe(
        'no process of the application is in the registry',
      );
  });

  it('is refused beside any other work', () => {
    const kinds = ['migrate', 'verify', 'retire', 'cutover', 'revert', 'sweep'] as const;
    for (const kind of kinds)
      expect(refusalOf('start', situation('hybrid', ['settled'], { work: work(kind) }))).toMatch(
        /wait until that has ended$/,
      );
  });
});

describe('another try', () => {
  const open = { ...NOTHING.progress, begun: true, unresolved: 1 };

  it('may be made at once while copying waits for its next try, in this process', () => {
    const at = (more: Partial<WorkState>) =>
      refusalOf(
        'retry',
        situation('hybrid', ['settled'], { progress: open, work: work('migrate', more) }),
      );
    expect(at({ phase: 'waiting' })).toBeNull();
    expect(at({ phase: 'working' })).toMatch(/^files are being copied/);
    expect(at({ phase: 'waiting', here: false })).toMatch(/by another process/);
  });
});

describe('a pause', () => {
  const progress = NOTHING.progress;

  it('is for copying that has begun, or waits until it can', () => {
    const pause = (more: Partial<Situation>) =>
      refusalOf('pause', situation('hybrid', ['settled'], more));
    expect(pause({ unfinished: true })).toBeNull();
    expect(pause({ work: work('migrate', { phase: 'waiting' }), progress })).toBeNull();
    expect(pause({ progress })).toBe('nothing has been copied yet');
    expect(pause({})).toBe('nothing is being copied');
    expect(pause({ work: work('verify') })).toBe('nothing is being copied');
    expect(pause({ unfinished: true, paused: true })).toBe('it is paused already');
  });
});

describe('a step back', () => {
  it('is for copying that is paused, where it is paused', () => {
    const back = (more: Partial<Situation>) =>
      refusalOfMode('prepare', situation('hybrid', ['settled'], more));
    expect(back({})).toBeNull();
    expect(back({ work: work('migrate'), paused: true })).toBeNull();
    expect(back({ work: work('migrate') })).toMatch(/pause that first/);
    expect(back({ work: work('migrate', { here: false }), paused: true })).toMatch(/pause/);
    expect(back({ work: work('verify'), paused: true })).toMatch(/wait until that has ended/);
  });
});

describe('a step on', () => {
  it('waits for all processes to reach the mode before', () => {
    expect(refusalOfMode('hybrid', situation('prepare', ['prepare']))).toBeNull();
    expect(refusalOfMode('hybrid', situation('prepare', ['source']))).toMatch(/still in source/);
    expect(refusalOfMode('hybrid', situation('prepare', []))).toMatch(/^no process/);
  });
});
