import { randomUUID } from 'node:crypto';
import { safeFilename } from '@org/storage-http';
import { z } from 'zod';

/** Extensions that a key may have: those that say what is in a file, and nothing that is run. */
const EXTENSIONS: ReadonlySet<string> = new Set(
  (
    'jpg jpeg png gif webp avif tif tiff heic svg pdf txt csv md json xml zip gz tar 7z doc docx xls xlsx ' +
    'ppt pptx odt ods odp rtf mp3 wav ogg flac m4a mp4 webm mov mkv'
  ).split(' '),
);

/** A key that was never used before: `2026/11/UUID.pdf`. A file that is deleted never comes back under its key, nor with other content. */
export function freshKey(name: string, at: Date): string {
  const extension = extensionOf(name);
  const month = String(at.getUTCMonth() + 1).padStart(2, '0');
  return `${at.getUTCFullYear()}/${month}/${randomUUID()}${extension === undefined ? '' : `.${extension}`}`;
}

/** Whether {@link freshKey} has made it. */
export function isFreshKey(key: string): boolean {
  return /^\d{4}\/\d{2}\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.[a-z0-9]+)?$/.test(key);
}

/** Where a file of people is shown. The name is for them alone; `thumbnail` is taken. */
export function fileUrl(id: string, name: string): string {
  return `/files/${id}/${encodeURIComponent(name === 'thumbnail' ? 'file' : name)}`;
}

export const fileName = z
  .string()
  .max(255)
  .refine((name) => safeFilename(name) === name, 'This can’t be the name of a file.');

/** `''` is the top; else names with slashes between them. */
export const folderPath = z
  .string()
  .max(500)
  .refine(
    (path) =>
      path === '' ||
      (path.split('/').length <= 16 &&
        path.split('/').every((segment) => safeFilename(segment) === segment)),
    'This can’t be the name of a folder.',
  );

export const visibility = z.enum(['private', 'public']);

function extensionOf(name: string): string | undefined {
  const [, extension = ''] = /\.([a-z0-9]{1,8})$/i.exec(name) ?? [];
  const lower = extension.toLowerCase();
  return EXTENSIONS.has(lower) ? lower : undefined;
}
