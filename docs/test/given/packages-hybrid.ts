import type { Mode } from '@org/storage-hybrid';

const mode: Mode = 'prepare';
export const flags: { readonly storageMode: Mode } = { storageMode: mode };
export const pdf = Buffer.from('%PDF-1.7 a report');
