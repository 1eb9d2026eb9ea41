import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { MakeWorld } from '../snippets/world.ts';

const make: MakeWorld = async (world) => {
  const { directory, env } = world;
  for (const name of Object.keys(env)) if (name.startsWith('AWS_')) delete env[name]; // the page says them
  return async () => {
    expect(await readFile(join(directory, 'uploads/notes/hello.txt'), 'utf8')).toBe('Hello');
    expect(await world.sh('node bucket.js')).toContain("text/plain { author: 'Zoë' } Hello");
  };
};

export default make;
