import { stripVTControlCharacters } from 'node:util';
import { parseKey } from '@org/storage-core';
import { FILE_STATES, type FileState, type MigrationStatus } from '@org/storage-migration';
import { describe, expect, it } from 'vitest';
import { paintFor, plain } from '../src/watch/colour.js';
import { frame, statusLine } from '../src/watch/frame.js';
import type { View } from '../src/watch/view.js';

const now = new Date('2026-05-01T10:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

function statusWith(
  files: Partial<Record<FileState, number>>,
  more: Partial<MigrationStatus> = {},
): MigrationStatus {
  const counts = FILE_STATES.map((state) => {
    const number = files[state] ?? 0;
    return [state, { files: number, bytes: number * 1024 }];
  });
  return {
    journal: 'j',
    source: '/srv/files',
    target: 's3://bucket/',
    files: Object.fromEntries(counts),
    skipped: {},
    verified: {},
    unresolved: 0,
    ...more,
  };
}

const running: View = {
  now,
  status: statusWith(
    { copied: 600, pending: 390, failed: 10 },
    { lastRun: { id: 'r', kind: 'migrate', started: before(3725), outcome: 'running' } },
  ),
  control: { paused: false },
  alive: true,
  lastSign: before(3),
  lately: { seconds: 60, files: 12.4, bytes: 2048, failed: 2, retries: 5 },
  left: 390,
  secondsLeft: 95,
  failures: [
    {
      code: 'AccessDenied',
      files: 10,
      bytes: 1,
      examples: [
        { key: parseKey('a\u001b[31m/\u202egnp.exe'), state: 'failed', message: 'no\nentry' },
      ],
    },
  ],
};

const shown = (view: View, columns = 100) => frame(view, columns, plain).join('\n');

describe('the view of a migration', () => {
  it('tells how far it is, how fast, and what is wrong', () => {
    const text = shown(running);
    expect(text).toContain('60.0 % done, about 1 min 35 s left');
    expect(text).toContain('600 of 1,000 files, 600 KiB of 1000 KiB');
    expect(text).toMatch(/copied +600 +600 KiB/);
    expect(text).toContain('migrate, begun 1 h 02 min ago; alive, last sign 3 s ago');
    expect(text).toContain('12 files/s, 2.0 KiB/s over 1 min 00 s');
    expect(text).toContain('2 failed, 5 retries in 1 min 00 s');
    expect(text).toContain('AccessDenied: 10 files');
    expect(text).toContain('a\\x1b[31m/\\u{202e}gnp.exe: no\\x0aentry');
  });

  it('tells a pause, limits, and a run that was killed', () => {
    const control = { paused: true, concurrency: 4, bandwidth: 1048576, rate: 2 };
    const text = shown({ ...running, control, alive: false, lastSign: before(90) });
    expect(text).toContain('no file is begun until it is resumed');
    expect(text).toContain('4 files at once, 1.0 MiB/s, 2 files begun a second');
    expect(text).toContain('silent for 1 min 30 s: killed, or it hangs');
  });

  it('tells of a run that has ended, and of none', () => {
    const run = { id: 'r', kind: 'verify', started: before(60), outcome: 'complete' } as const;
    const { lately: _, ...calm } = running;
    const ended = {
      ...calm,
      alive: false,
      status: statusWith({}, { lastRun: { ...run, ended: before(5) } }),
    };
    expect(shown(ended)).toContain('verify, complete 5 s ago');
    const none = shown({ ...ended, status: statusWith({}) });
    expect(none).toContain('none yet');
    expect(none).toContain('no files yet');
  });

  it.each([1, 40, 80, 81, 200])(
    'fits a terminal of %i columns, and shows every state',
    (columns) => {
      const many = Object.fromEntries(FILE_STATES.map((state) => [state, 123_456_789]));
      const key = parseKey(`日本/${'x'.repeat(900)}`);
      const failures = [
        {
          code: 'Timeout',
          files: 9_999_999,
          bytes: 1,
          examples: [{ key, state: 'failed', message: 'm' }],
        },
      ] as const;
      const lines = frame({ ...running, status: statusWith(many), failures }, columns, plain);
      if (columns >= 80)
        for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(columns);
    },
  );

  it('does not call nearly all all, nor a few none', () => {
    const nearly = shown({ ...running, status: statusWith({ copied: 99_999, failed: 1 }) });
    expect(nearly).toContain('99.9 % done');
    expect(nearly).toContain('▓');
  });

  it('has colours on a terminal that has them, and only there', () => {
    const colours = frame(running, 100, paintFor({ hasColors: () => true })).join('\n');
    expect(colours).toContain('\u001b[32m');
    expect(stripVTControlCharacters(colours)).toBe(shown(running));
    expect(frame(running, 100, paintFor({ hasColors: () => false })).join('\n')).toBe(
      shown(running),
    );
  });

  it('is one line where lines are all there is', () => {
    expect(statusLine(running)).toBe(
      '2026-05-01T10:00:00.000Z migrate running, 600/1,000 files, 600 KiB/1000 KiB, 12 files/s, 2.0 KiB/s, 1 min 35 s left, 10 with problems',
    );
  });
});
