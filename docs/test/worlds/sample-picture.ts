import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MakeWorld } from '../snippets/world.ts';

/** A picture in the working directory, which pages upload. */
export const samplePicture: MakeWorld = async ({ directory }) => {
  await writeFile(join(directory, 'ship.jpg'), Buffer.from('ffd8ffe000104a46494600010100', 'hex'));
};
