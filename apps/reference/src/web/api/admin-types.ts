import type { Role, StoredFile, User } from './types.js';

export interface Account extends User {
  readonly disabled: boolean;
  readonly createdAt?: string;
  readonly files?: number;
  readonly bytes?: number;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: string | null;
  readonly action: string;
  readonly subject: string | null;
  readonly detail: unknown;
  readonly address: string | null;
}

/** Lists of names at most as long as a page; `counts` are of all. */
export interface Consistency {
  readonly state: 'never' | 'running' | 'done' | 'failed';
  readonly checkedAt: string | null;
  readonly missingFiles: readonly unknown[];
  readonly missingRows: readonly unknown[];
  readonly wrongProvider: readonly unknown[];
  readonly counts: Readonly<Record<string, number>>;
}

export interface Analytics {
  readonly downloads: readonly {
    readonly day: string;
    readonly count: number;
    readonly bytes: number;
  }[];
  readonly top: readonly { readonly file: StoredFile; readonly count: number }[];
}

export interface Job {
  readonly name: string;
  readonly schedule: string;
  readonly lastRun: string | null;
  readonly outcome: string | null;
  readonly nextRun: string | null;
}

export interface AccountChange {
  readonly role?: Role;
  readonly disabled?: boolean;
}
