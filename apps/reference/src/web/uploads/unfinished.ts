import type { Visibility } from '../../api-types.js';
import type { UploadRequest } from './task.js';

/** An upload that the server has a part of; kept in this browser over a reload of the page. */
export interface Unfinished {
  readonly method: 'tus' | 'direct';
  /** The upload's URL (tus), or its id (direct). */
  readonly reference: string;
  readonly name: string;
  readonly size: number;
  readonly lastModified: number;
  readonly folder: string;
  readonly visibility: Visibility;
}

const PREFIX = 'upload:';

/** Whose uploads these are: those of another account on this device are not ours to see. */
let owner = '';

export function setUploadOwner(userId: string | undefined): void {
  owner = userId ?? '';
}

export function rememberUpload(
  request: UploadRequest,
  method: 'tus' | 'direct',
  reference: string,
): void {
  const { file, folder, visibility } = request;
  const { name, size, lastModified } = file;
  const entry: Unfinished = { method, reference, name, size, lastModified, folder, visibility };
  try {
    localStorage.setItem(entryName(file, folder), JSON.stringify(entry));
  } catch {
    // Full, or forbidden: the upload goes on, and can't be resumed after a reload.
  }
}

export function forgetUpload({ file, folder }: { file: FileIdentity; folder: string }): void {
  localStorage.removeItem(entryName(file, folder));
}

/** What was begun with this very file: name, size and time of change are the same. */
export function recallUpload({ file, folder }: UploadRequest): Unfinished | undefined {
  return read(entryName(file, folder));
}

export function unfinishedUploads(): Unfinished[] {
  return Object.keys(localStorage)
    .filter((name) => name.startsWith(`${PREFIX}${owner}:`))
    .flatMap((name) => read(name) ?? []);
}

type FileIdentity = Pick<Unfinished, 'name' | 'size' | 'lastModified'>;

function entryName({ name, size, lastModified }: FileIdentity, folder: string): string {
  return `${PREFIX}${owner}:${JSON.stringify([folder, name, size, lastModified])}`;
}

function read(name: string): Unfinished | undefined {
  const stored = localStorage.getItem(name);
  return stored === null ? undefined : (JSON.parse(stored) as Unfinished);
}
