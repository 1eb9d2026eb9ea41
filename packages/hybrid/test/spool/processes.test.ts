import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LocalStorageProvider } from '@org/storage-local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledModule } from '../../../testkit/test/bundled-module.js';
import { textOf } from './stores.js';

const worker = bundledModule(new URL('worker.ts', import.meta.url), 'local');

let directory: string;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
  await rm(directory, { recursive: true });
});

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

/** @param told is given each line that the process prints. */
function start(role: 'write' | 'drain', name: string, told: (line: string) => void) {
  const places = ['spool', 'bucket', 'away'].map((each) => join(directory, each));
  const child = spawn(
    process.execPath,
    ['--no-warnings', new URL(worker.url).pathname, role, ...places, name],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.add(child);
  createInterface({ input: child.stdout }).on('line', told);
  return child;
}

describe('writers and drainers of several processes on one spool', { timeout: 300_000 }, () => {
  it('lose nothing that was acknowledged, though the target comes and goes and some are killed', async () => {
    for (const place of ['spool', 'bucket']) {
      const made = new LocalStorageProvider({ root: join(directory, place), createRoot: true });
      await made.upload('made', '');
      await made.delete('made');
      await made.close();
    }
    /** The last value of each key that was acknowledged. */
    const acknowledged = new Map<string, number>();
    let lines = 0;
    let drained = 0;
    let more = () => {};
    const until = async (enough: () => boolean) => {
      while (!enough()) await new Promise<void>((resolve) => (more = resolve));
    };
    const wrote = (line: string) => {
      const [key = '', value] = line.split(' ');
      acknowledged.set(key, Number(value));
      lines++;
      more();
    };
    const hasDrained = () => {
      drained++;
      more();
    };
    const away = join(directory, 'away');
    await writeFile(away, '');
    const writers = ['one', 'two'].map((name) => start('write', name, wrote));
    const drainers = ['d', 'e'].map((name) => start('drain', name, hasDrained));
    for (let round = 1; round <= 6; round++) {
      const [written, sent] = [lines + 12, drained + 2];
      await until(() => lines >= written);
      await rm(away);
      await until(() => drained >= sent);
      if (round === 2) {
        for (const child of drainers.splice(0, 1)) await kill(child);
        drainers.push(start('drain', 'f', hasDrained));
      }
      if (round === 4) {
        for (const child of writers.splice(0, 1)) await kill(child);
        writers.push(start('write', 'three', wrote));
      }
      await writeFile(away, '');
    }
    await until(() => acknowledged.size === 9); // the last of the three writers has begun, too
    await Promise.all(writers.map(kill));
    await rm(away);
    const spool = new LocalStorageProvider({ root: join(directory, 'spool') });
    const left = async () => {
      for await (const _ of spool.list()) return true;
      return false;
    };
    while (await left()) await new Promise((resolve) => setTimeout(resolve, 10));
    await Promise.all(drainers.map(kill));
    await spool.close();
    const bucket = new LocalStorageProvider({ root: join(directory, 'bucket') });
    expect(acknowledged.size).toBe(9);
    for (const [key, value] of acknowledged) {
      // One more may have been under way when its writer was killed.
      expect([value, value + 3]).toContain(Number(await textOf(bucket, key)));
    }
    await bucket.close();
  });
});
