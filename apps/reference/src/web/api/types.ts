export type Visibility = 'private' | 'public';
export type Provider = 'local' | 's3';
export type Role = 'user' | 'admin';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

export interface Session {
  readonly user: User | null;
  readonly csrfToken: string;
  /** Where a migration is; `null` where the application has one store. */
  readonly mode: 'source' | 'prepare' | 'hybrid' | 'target' | null;
  readonly limits: { readonly maxBytes: number; readonly types: readonly string[] };
  /** Whether uploads may go straight to S3 now. */
  readonly direct: boolean;
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  /** Empty for the top; else without a slash at either end. */
  readonly folder: string;
  readonly size: number;
  readonly contentType: string;
  readonly visibility: Visibility;
  readonly uploadedAt: string;
  readonly provider: Provider | null;
  readonly sha256: string | null;
  readonly owner: { readonly id: string; readonly name: string };
  readonly url: string;
  readonly thumbnailUrl: string | null;
}

export interface Folder {
  readonly path: string;
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

export interface List<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface FileList extends List<StoredFile> {
  readonly folders: readonly Folder[];
}

interface Failure {
  readonly code: string;
  readonly message: string;
}

export interface UploadOutcome {
  readonly files: readonly StoredFile[];
  readonly rejected: readonly (Failure & { readonly name: string })[];
}

export type BatchAction =
  | { readonly action: 'delete'; readonly ids: readonly string[] }
  | { readonly action: 'move'; readonly ids: readonly string[]; readonly folder: string }
  | {
      readonly action: 'visibility';
      readonly ids: readonly string[];
      readonly visibility: Visibility;
    };

export interface BatchOutcome {
  readonly done: readonly string[];
  readonly failed: readonly (Failure & { readonly id: string })[];
}

export interface Share {
  readonly id: string;
  /** Told once, when the link is made: the server keeps no more than what checks it. */
  readonly url: string | null;
  readonly expiresAt: string;
  readonly downloads: number;
}

export interface SharedFile {
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  readonly expiresAt: string;
}
