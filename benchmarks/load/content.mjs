import { createHash } from 'node:crypto';

/** Of noise, in letters, of which files are made; they begin with their names, so that no two are alike. */
const NOISE = createHash('shake256', { outputLength: 3 * 2 ** 20 })
  .update('the content of all files')
  .digest('base64');

/** What is in the file of this name. @param size in bytes. */
export function contentOf(name, size) {
  const content = Buffer.alloc(size, NOISE, 'latin1');
  const begin = createHash('sha256').update(name).digest().readUInt32LE() % NOISE.length;
  content.write(`${name} of ${size} bytes `.padEnd(64), 'latin1');
  if (size > 64) content.write(NOISE.slice(begin), 64, 'latin1');
  return content;
}
