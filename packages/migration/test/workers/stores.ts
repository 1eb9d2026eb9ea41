import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import type { WorkerStores } from '../../src/index.js';

/** What the workers of the tests are told. */
export interface StoresData {
  readonly root: string;
  readonly bucket: S3StorageOptions;
  /** A directory where each process leaves a file, called by its id, with the keys that it has opened. */
  readonly notes: string;
  readonly fault?: 'throws' | 'ends' | 'ends copying' | 'hangs' | 'other names';
}

export default async function openStores(data: StoresData): Promise<WorkerStores> {
  const { root, bucket, notes, fault } = data;
  const note = join(notes, String(process.pid));
  writeFileSync(note, '');
  if (fault === 'throws') throw new Error('no such cluster');
  if (fault === 'ends') process.exit(3);
  if (fault === 'hangs') await new Promise(() => {});
  const source = new NotingSource(root, (key) => {
    appendFileSync(note, `${key}\n`);
    if (fault === 'ends copying') process.exit(3);
  });
  return {
    source,
    target: new S3StorageProvider({
      ...bucket,
      ...(fault === 'other names' ? { name: 'elsewhere' } : {}),
    }),
  };
}

class NotingSource extends LocalStorageProvider {
  readonly #note: (key: string) => void;

  constructor(root: string, note: (key: string) => void) {
    super({ root });
    this.#note = note;
  }

  override download(...[key, options]: Parameters<LocalStorageProvider['download']>) {
    this.#note(key);
    return super.download(key, options);
  }
}
