/*
 * What the API takes and tells, for the server that makes it and the pages that show it. Plain JSON: times are ISO 8601 in UTC, sizes bytes.
 * The migration's part is `server/migration/state.ts`.
 */

export type Role = 'user' | 'admin';
export type Visibility = 'private' | 'public';

/** As others may know it. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

/** As administrators may know it. */
export interface Account extends User {
  readonly disabled: boolean;
  readonly createdAt: string;
}

/** With what the files are that it owns. */
export interface AccountUsage extends Account {
  readonly files: number;
  readonly bytes: number;
}

export interface AccountChange {
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
}

export interface SessionView {
  /** `null`: nobody is signed in. */
  readonly user: User | null;
  /** What each request carries that changes something. */
  readonly csrfToken: string;
  /** Where a migration is; `null` where the application has one store. */
  readonly mode: 'source' | 'prepare' | 'hybrid' | 'target' | null;
  /** Of a file; no types: all. */
  readonly limits: { readonly maxBytes: number; readonly types: readonly string[] };
  /** Whether uploads may go straight to S3 now. */
  readonly direct: boolean;
}

/** A part of a list, and where the next one begins; `null`: that was all. */
export interface List<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface FileView {
  readonly id: string;
  readonly name: string;
  /** Empty for the top; else without a slash at either end. */
  readonly folder: string;
  readonly size: number;
  readonly contentType: string;
  readonly visibility: Visibility;
  readonly uploadedAt: string;
  /** The store that has it, such as `local` or `s3`; `null`: not known. */
  readonly provider: string | null;
  readonly sha256: string | null;
  readonly owner: { readonly id: string; readonly name: string };
  readonly url: string;
  readonly thumbnailUrl: string | null;
}

export interface FolderView {
  readonly path: string;
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

export interface FileList extends List<FileView> {
  readonly folders: readonly FolderView[];
}

interface Failure {
  readonly code: string;
  readonly message: string;
}

export interface UploadOutcome {
  readonly files: readonly FileView[];
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

export interface ShareView {
  readonly id: string;
  /** Told once, when the link is made: the server keeps no more than what checks it. */
  readonly url: string | null;
  readonly expiresAt: string;
  readonly downloads: number;
}

export interface SharedFile extends Pick<FileView, 'name' | 'size' | 'contentType'> {
  readonly expiresAt: string;
}

export interface AuditEntry {
  readonly id: number;
  readonly at: string;
  /** Who: an address, or `system`. */
  readonly actor: string;
  /** What, such as `file.delete`. */
  readonly action: string;
  /** To which. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** From where. */
  readonly address: string;
}

export interface Finding {
  readonly key: string;
  /** For people. */
  readonly detail: string;
}

export interface ConsistencyState {
  readonly state: 'never' | 'running' | 'done' | 'failed';
  readonly checkedAt: string | null;
  readonly missingFiles: readonly Finding[];
  readonly missingRows: readonly Finding[];
  readonly wrongProvider: readonly Finding[];
  /** Of all findings, by their kind; the lists have the first hundred of each. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface DownloadDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly count: number;
  readonly bytes: number;
}

export interface Analytics {
  readonly downloads: readonly DownloadDay[];
  /** The most downloaded first. */
  readonly top: readonly { readonly file: FileView; readonly count: number }[];
}

export interface JobState {
  readonly name: string;
  /** As cron has it, in UTC. */
  readonly schedule: string;
  readonly lastRun: string | null;
  readonly outcome: string | null;
  readonly detail: string | null;
  readonly nextRun: string | null;
}
