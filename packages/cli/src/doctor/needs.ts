import type { Mode } from '@org/storage-hybrid';
import type { Permission } from '@org/storage-s3/provision';
import type { Patient } from './patient.js';

interface Needs {
  /** Without which it does not work. */
  readonly needed: readonly Permission[];
  /** Without which a part of it does not. */
  readonly wanted: readonly Permission[];
}

const READ: readonly Permission[] = ['list', 'head', 'get'];

const WRITE: readonly Permission[] = [
  ...READ,
  ...(['put-if-absent', 'put-if-match', 'create-upload', 'upload-part', 'abort-upload'] as const),
];

/** What the permissions are for that only a part of the work needs. */
export const WHY: Readonly<Partial<Record<Permission, string>>> = {
  'put-tags': 'files with tags, and the expiry of tombstones by a rule',
  'get-tags': 'files with tags',
  'list-versions': 'older versions',
  'list-parts': 'going on with large uploads',
  'list-uploads': 'finding large uploads that were not finished',
  'delete-if-match': 'reverting and sweeping',
  delete: 'trying out the server',
  copy: 'copying and moving',
};

/** Of the store that the application comes from, when that is the bucket. */
const BACK: Readonly<Record<Mode, Mode>> = {
  source: 'target',
  prepare: 'target',
  hybrid: 'target',
  target: 'source',
};

/** By who works with the bucket, and how far the application is on its way there, or back. */
export function needsOf({ role, back, ...at }: Pick<Patient, 'role' | 'mode' | 'back'>): Needs {
  const mode = back === true ? BACK[at.mode] : at.mode;
  if (role === 'readonly') return { needed: READ, wanted: [] };
  if (role === 'migrator' && back === true)
    return { needed: READ, wanted: ['delete-if-match', 'delete'] };
  if (role === 'migrator') {
    return {
      needed: [...WRITE, 'list-parts', 'list-uploads'],
      wanted: ['put-tags', 'delete-if-match', 'delete'],
    };
  }
  const wanted = ['get-tags', 'list-versions', 'list-parts', 'list-uploads'] as const;
  switch (mode) {
    case 'source':
      return { needed: [], wanted: [] };
    case 'prepare':
    case 'hybrid':
      return {
        needed: [...WRITE, 'put-unconditionally'],
        wanted: ['put-tags', ...wanted, 'copy', 'delete', 'delete-if-match'],
      };
    case 'target':
      return {
        needed: [...WRITE, 'put-unconditionally', 'delete', 'copy'],
        wanted: ['put-tags', ...wanted, 'delete-if-match'],
      };
  }
}
