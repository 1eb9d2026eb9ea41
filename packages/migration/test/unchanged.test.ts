import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { heldBack } from '../src/backfill/unchanged.js';

const bytes = (...texts: string[]) => Readable.from(texts.map((text) => Buffer.from(text)));

describe('a body whose last chunk is held back', () => {
  it('is the same content', async () => {
    for (const texts of [[], ['a'], ['a', 'b', 'c']]) {
      const stream = heldBack(bytes(...texts), async () => {});
      expect(Buffer.concat(await stream.toArray()).toString()).toBe(texts.join(''));
    }
  });

  it('fails before its last chunk if the content is not confirmed', async () => {
    const seen: string[] = [];
    const stream = heldBack(bytes('a', 'b', 'c'), async () => {
      throw new Error('changed');
    });
    const read = async () => {
      for await (const chunk of stream) seen.push(String(chunk));
    };
    await expect(read()).rejects.toThrow('changed');
    expect(seen.join('')).toBe('ab');
  });

  it('asks also for an empty content', async () => {
    const stream = heldBack(bytes(), async () => {
      throw new Error('changed');
    });
    await expect(stream.toArray()).rejects.toThrow('changed');
  });

  it('frees the body when it is destroyed, read or not', async () => {
    for (const read of [false, true]) {
      const body = bytes('a', 'b', 'c');
      const stream = heldBack(body, async () => {});
      if (read) await stream.iterator({ destroyOnReturn: false }).next();
      stream.destroy();
      await new Promise((resolve) => body.once('close', resolve));
      expect(body.destroyed).toBe(true);
    }
  });
});
