import { isStorageError } from '@org/storage-core';
import { type Check, note, ok, warning } from '../check.js';

/** Pages of three kinds, and a removal of each of a few. */
const ANSWERS = 10;

export const leftovers: Check = {
  id: 'leftovers',
  title: 'What earlier trials have left',
  needs: ['bucket'],
  hindrance: 'it can’t be swept',
  answers: ANSWERS,
  applies: ({ bucket, role }) => bucket !== undefined && role !== 'readonly',
  async run({ bucket, limit }, signal) {
    if (bucket === undefined) return [];
    try {
      const { removed, kept } = await bucket.inspection.sweep({ signal, limit });
      if (kept.length > 0) {
        const first = kept.slice(0, 3).join(', ');
        return [
          warning(
            `left by trials that were killed, and not to be removed: ${first}${kept.length > 3 ? ' …' : ''}`,
            'allow s3:DeleteObject and s3:AbortMultipartUpload below .storage/, or remove it by hand',
          ),
        ];
      }
      if (removed === 0) return [ok('none')];
      return [note(`removed ${removed} that trials have left which were killed`)];
    } catch (error) {
      if (!isStorageError(error, 'AccessDenied')) throw error;
      return [note('it may not be listed, and stays where it is')];
    }
  },
};
