import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { type ETag, parseKey } from '@org/storage-core';
import { type Journal, openSqliteJournal } from '@org/storage-migration';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Watcher } from '../src/watch/view.js';
import { watchOn } from '../src/watch/watch.js';
import { temporaryDirectory } from './fixtures.js';

async function journalWith(files: number): Promise<{ journal: Journal; looker: Journal }> {
  const file = join(await temporaryDirectory(), 'journal.sqlite');
  const journal = await openSqliteJournal({ file, endpoints: { source: '/a', target: 's3://b/' } });
  await journal.startScan();
  await journal.recordSeen(
    Array.from({ length: files }, (_, index) => ({
      ...{ type: 'file' as const, key: parseKey(`f${index}`), size: 100 },
      ...{ etag: 'e' as ETag, lastModified: new Date(0) },
    })),
  );
  const looker = await openSqliteJournal({ file, access: 'look' });
  onTestFinished(async () => {
    await looker.close();
    await journal.close();
  });
  return { journal, looker };
}

/** A terminal of which all that is written is kept. */
class FakeTerminal extends EventEmitter {
  columns = 80;
  rows = 24;
  writableNeedDrain = false;
  readonly written: string[] = [];

  write(text: string): boolean {
    this.written.push(text);
    this.emit('written');
    return true;
  }

  hasColors(): boolean {
    return false;
  }
}

describe('looking at a run', () => {
  it('tells how fast it was of late, and how long the rest takes', async () => {
    const { journal, looker } = await journalWith(1000);
    const run = await journal.startRun('migrate');
    const start = run.started.getTime();
    for (let i = 1; i <= 20; i++) {
      const at = new Date(start + i * 5000);
      const files = i < 8 ? i : 7 + (i - 7) * 10;
      await journal.recordSample(run.id, { at, files, bytes: files * 100, failed: 0, retries: i });
    }
    const view = await new Watcher(looker, () => new Date(start + 101_000)).look();
    expect(view).toMatchObject({ alive: true, left: 1000, secondsLeft: 500 });
    expect(view.lately).toEqual({ seconds: 60, files: 2, bytes: 200, failed: 0, retries: 12 });
  });

  it('takes a run for dead that gave no sign of life for a minute', async () => {
    const { journal, looker } = await journalWith(1);
    const run = await journal.startRun('migrate');
    const after = (seconds: number) => new Date(run.started.getTime() + seconds * 1000);
    const look = (seconds: number) => new Watcher(looker, () => after(seconds)).look();
    expect(await look(59)).toMatchObject({ alive: true });
    expect(await look(61)).toMatchObject({ alive: false, lastSign: run.started });
    await journal.recordSample(run.id, {
      at: after(30),
      files: 0,
      bytes: 0,
      failed: 0,
      retries: 0,
    });
    expect(await look(61)).toMatchObject({ alive: true });
    await journal.endRun(run.id, 'complete');
    expect(await look(61)).toMatchObject({ alive: false });
  });

  it('tells of failures, of the pause and of limits that were set meanwhile', async () => {
    const { journal, looker } = await journalWith(2);
    const error = { code: 'AccessDenied', message: 'no' } as const;
    await journal.recordResult(parseKey('f1'), { state: 'failed', attempts: 1, error });
    const watcher = new Watcher(looker);
    await looker.setControl({ paused: true, rate: 3 });
    const view = await watcher.look();
    expect(view.control).toEqual({ paused: true, rate: 3 });
    expect(view.failures).toMatchObject([
      { code: 'AccessDenied', files: 1, examples: [{ key: 'f1' }] },
    ]);
  });
});

describe('a terminal that shows it', () => {
  async function shownOn(terminal: FakeTerminal, until: () => boolean): Promise<string> {
    const { looker } = await journalWith(3);
    const stop = new AbortController();
    terminal.on('written', () => {
      if (until()) stop.abort();
    });
    const listeners = process.listenerCount('exit') + process.listenerCount('SIGTSTP');
    await watchOn(terminal, () => new Watcher(looker).look(), stop.signal);
    expect(process.listenerCount('exit') + process.listenerCount('SIGTSTP')).toBe(listeners);
    expect(terminal.listenerCount('resize')).toBe(0);
    return terminal.written.join('');
  }

  it('gets its cursor, its wrapping and its first screen back, and keeps the last view', async () => {
    const terminal = new FakeTerminal();
    const text = await shownOn(terminal, () => terminal.written.length >= 2);
    const [entered, left] = [text.indexOf('\u001b[?1049h'), text.lastIndexOf('\u001b[?1049l')];
    expect(entered).toBe(0);
    expect(left).toBeGreaterThan(text.indexOf('no run') + 1);
    const after = text.slice(left);
    expect(after).toContain('3 files');
    expect(after).not.toContain('\u001b[?25l');
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
    expect(text.lastIndexOf('\u001b[?7h')).toBeGreaterThan(text.lastIndexOf('\u001b[?7l'));
  });

  it('is drawn anew when its size changes, each time in one write, and no line more than it has', async () => {
    const terminal = new FakeTerminal();
    let resized = false;
    await shownOn(terminal, () => {
      if (terminal.written.length === 2 && !resized) {
        resized = true;
        terminal.rows = 3;
        setImmediate(() => terminal.emit('resize'));
      }
      return terminal.written.length >= 3;
    });
    const drawn = terminal.written.filter((text) => text.startsWith('\u001b[?2026h'));
    expect(drawn).toHaveLength(2);
    expect(drawn[1]?.split('\r\n')).toHaveLength(3);
    for (const text of drawn) expect(text.endsWith('\u001b[?2026l')).toBe(true);
  });

  it('that is behind misses pictures, and is not filled up with them', async () => {
    const terminal = new FakeTerminal();
    const text = await shownOn(terminal, () => {
      if (terminal.written.length === 1) {
        terminal.writableNeedDrain = true;
        return true;
      }
      return false;
    });
    expect(text).not.toContain('\u001b[?2026h');
  });
});
