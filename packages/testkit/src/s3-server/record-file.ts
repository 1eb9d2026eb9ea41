import { readFileSync } from 'node:fs';

/** The record in the file; undefined if there is none. */
export function readRecord<Record>(path: string): Record | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Record;
  } catch (cause) {
    throw new Error(`${path} is not a record of this server; is it its data directory?`, { cause });
  }
}
