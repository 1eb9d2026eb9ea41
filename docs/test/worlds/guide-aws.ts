import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MakeWorld } from '../snippets/world.ts';

/** What stands below `provision` in the page's configuration. */
const SETTINGS = { versioning: 'enabled', encryption: { type: 'sse-s3' } };

const make: MakeWorld = ({ directory }) =>
  writeFile(join(directory, 'bucket.json'), JSON.stringify(SETTINGS));

export default make;
