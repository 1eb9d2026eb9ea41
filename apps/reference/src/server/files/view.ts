import { contentTypeOf } from '@org/storage-core';
import type { FileView, User } from '../../api-types.js';
import type { FileRow } from '../database/schema.js';
import { fileUrl } from './names.js';

export type OwnedFile = FileRow & { readonly owner_name: string };

/** A file as the API tells of it. @param hasThumbnail Whether pictures of this type are made small. */
export function fileView(row: OwnedFile, hasThumbnail: (row: FileRow) => boolean): FileView {
  return {
    id: row.id,
    name: row.name,
    folder: row.folder,
    size: row.size ?? 0,
    contentType: contentTypeOfRow(row),
    visibility: row.visibility,
    uploadedAt: row.uploaded_at,
    provider: row.provider,
    sha256: row.sha256,
    owner: { id: row.owner_id, name: row.owner_name },
    url: fileUrl(row.id, row.name),
    thumbnailUrl: hasThumbnail(row) ? `/files/${row.id}/thumbnail` : null,
  };
}

/** Of a row that does not know it yet, what the name stands for. */
export function contentTypeOfRow({ content_type, name }: FileRow): string {
  return content_type ?? contentTypeOf(name);
}

export function keyOf({ key, path }: Pick<FileRow, 'key' | 'path'>): string {
  return key ?? path;
}

/** Who may know that there is such a file, and read it. */
export function maySee(user: User | null, row: FileRow): boolean {
  return row.visibility === 'public' || mayChange(user, row);
}

export function mayChange(user: User | null, { owner_id }: FileRow): boolean {
  return user !== null && (user.id === owner_id || user.role === 'admin');
}
