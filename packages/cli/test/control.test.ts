import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { setting } from './fixtures.js';

const FILES = Object.fromEntries(
  Array.from({ length: 60 }, (_, i) => [`f${String(i).padStart(2, '0')}`, `content ${i}`]),
);

type Line = Readonly<Record<string, unknown>>;

/** A run in another process, and what it tells. */
function started(storage: Awaited<ReturnType<typeof setting>>['storage'], args: readonly string[]) {
  const child = storage.start('migrate', ...args, '--json');
  child.stderr?.resume();
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  if (child.stdout === null) throw new TypeError('the command’s output is piped');
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text));
    for (const look of waiting) look();
  });
  const line = (fits: (line: Line) => boolean) =>
    new Promise<Line>((resolve) => {
      const look = () => {
        const found = lines.find(fits);
        if (found !== undefined) resolve(found);
      };
      waiting.add(look);
      look();
    });
  const end = once(child, 'close').then(([code]) => Number(code));
  return { child, lines, line, end };
}

const isFile = ({ type }: Line) => type === 'file';

describe('storage pause, resume and limit', () => {
  it('hold a run in another process, let it go on, and are shown by it', async () => {
    const { storage, server, place } = await setting(FILES);
    const slow = server.faults.add({ type: 'delay', milliseconds: 100, operation: 'PutObject' });
    const { lines, line, end } = started(storage, [...place, '--concurrency', '1']);
    await line(isFile);
    const [directory, url, ...endpoint] = place;
    const paused = await storage.run('pause', directory, url, ...endpoint);
    expect(paused).toMatchObject({ code: 0 });
    expect(paused.stdout).toMatch(/^paused/);
    await line(({ type, waiting }) => type === 'pace' && waiting === 'paused');
    slow.remove();
    const limits = ['--bandwidth', '10MiB', '--rate', '500', '--concurrency', 'auto'];
    const limited = await storage.run('limit', ...place, ...limits);
    expect(limited.stdout).toContain('10.0 MiB/s');
    await line(
      ({ type, rate, waiting }) => type === 'pace' && rate === 500 && waiting === 'paused',
    );
    const before = lines.filter(isFile).length;
    expect(before).toBeLessThan(60);
    expect(lines.filter(isFile)).toHaveLength(before);
    const resumed = await storage.run('resume', ...place, '--json');
    expect(JSON.parse(resumed.stdout)).toEqual({
      ...{ type: 'control', paused: false, concurrency: 'auto' },
      ...{ bandwidth: 10 * 1024 ** 2, rate: 500 },
    });
    expect(await end).toBe(0);
    expect(lines.filter(isFile)).toHaveLength(60);
  });

  it('hold for the next run too, and are taken back', async () => {
    const { storage, place } = await setting(FILES);
    await storage.run('migrate', ...place, '--include', 'f00');
    await storage.run('limit', ...place, '--concurrency', '3', '--rate', '1000');
    const back = await storage.run('limit', ...place, '--concurrency', 'reset', '--json');
    expect(JSON.parse(back.stdout)).toEqual({ type: 'control', paused: false, rate: 1000 });
    await storage.run('pause', ...place);
    const { child, line, lines, end } = started(storage, place);
    await line(({ type, waiting }) => type === 'pace' && waiting === 'paused');
    child.kill('SIGINT');
    expect(await end).toBe(130);
    expect(lines.filter(isFile)).toEqual([]);
  });

  it('need a journal, and numbers', async () => {
    const { storage, place } = await setting(FILES);
    expect(await storage.run('pause', ...place)).toMatchObject({ code: 2 });
    expect(await storage.run('limit', ...place, '--rate', 'fast')).toMatchObject({ code: 2 });
    expect(await storage.run('limit', ...place, '--concurrency', '2-8')).toMatchObject({ code: 2 });
  });
});
