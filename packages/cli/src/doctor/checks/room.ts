import { realpath, statfs } from 'node:fs/promises';
import { formatBytes, formatCount } from '../../format.js';
import { type Check, type Finding, failure, note, ok, warning } from '../check.js';
import { isReadOnly } from './directory.js';

/** Bytes that uploads under way, metadata and a journal may take. */
const LITTLE = 1024 ** 3;

/** Each file that is written takes one, and its metadata another. */
const FEW_INODES = 10_000;

export const room: Check = {
  id: 'room',
  title: 'Room on the directory’s disk',
  needs: ['directory'],
  hindrance: 'the disk is full',
  applies: (patient) => patient.directory !== undefined && !isReadOnly(patient),
  async run({ directory, back }) {
    const root = await realpath(directory?.path ?? '').catch(() => undefined); // it is made later
    if (root === undefined) return [];
    const found = await roomAt(root);
    return back === true
      ? [...found, note('all that is in the bucket has to fit in there')]
      : found;
  },
};

/** What is left on the disk of a path. */
export async function roomAt(path: string): Promise<Finding[]> {
  const { bavail, bsize, ffree, files } = await statfs(path);
  const bytes = bavail * bsize;
  const inodes = files === 0 ? Number.POSITIVE_INFINITY : ffree; // some file systems make them as they go
  const told = `${formatBytes(bytes)} and ${Number.isFinite(inodes) ? formatCount(inodes) : 'any number of'} inodes are free`;
  if (bytes === 0 || inodes === 0)
    return [failure(`the disk is full: ${told}`, 'make room: nothing can be written')];
  if (bytes < LITTLE || inodes < FEW_INODES)
    return [
      warning(
        told,
        `make room: 1 GiB and ${formatCount(FEW_INODES)} inodes, and the size of the largest files that are uploaded at once`,
      ),
    ];
  return [ok(told)];
}
