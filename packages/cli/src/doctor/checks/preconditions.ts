import { isStorageError, type Support } from '@org/storage-core';
import { checkTarget } from '@org/storage-hybrid';
import { type S3Capabilities, S3StorageProvider } from '@org/storage-s3';
import { type Check, type Finding, failure, note, ok, warning } from '../check.js';
import type { Patient } from '../patient.js';

/** A probe is about thirty requests. */
const ANSWERS = 35;

export const preconditions: Check = {
  id: 'preconditions',
  title: 'What the server does of itself',
  needs: ['bucket'],
  hindrance: 'the server lacks what is needed',
  answers: ANSWERS,
  applies: ({ bucket, role }) => bucket !== undefined && role !== 'readonly',
  async run(patient, signal) {
    const { bucket, limit } = patient;
    if (bucket === undefined) return [];
    await using provider = new S3StorageProvider({
      ...{ maxAttempts: 2, requestTimeout: limit },
      ...bucket.options,
    });
    let found: S3Capabilities;
    try {
      found = await provider.probe({ signal });
    } catch (error) {
      if (!isStorageError(error, 'AccessDenied')) throw error;
      return [
        warning(
          'they can’t be tried out: the role may not write or delete freely',
          'run it once with more rights, as the one who set up the bucket',
        ),
      ];
    }
    return [
      ok(`honoured: ${spoken(found, 'native') || 'none'}`),
      ...emulated(found),
      ...lacks(found),
      ...(await live(provider, patient, signal)),
    ];
  },
};

const CONDITIONS = {
  conditionalCreate: 'create if absent',
  conditionalCreateInParts: 'create in parts if absent',
  conditionalUpdate: 'replace if match',
  conditionalDelete: 'delete if match',
  conditionalCopyCreate: 'copy if absent',
  conditionalCopyUpdate: 'copy if match',
  tags: 'tags',
  versions: 'versions',
} as const;

type Name = keyof typeof CONDITIONS;

/** What is lost without them. */
const LOSSES: Readonly<Partial<Record<Name, string>>> = {
  conditionalCreateInParts: 'files above 5 GiB can’t be migrated live',
  conditionalDelete: 'reverting and sweeping need the application stopped, or a lifecycle rule',
};

function spoken(found: S3Capabilities, support: Support): string {
  const names = Object.entries(CONDITIONS).filter(([name]) => found[name as Name] === support); // its keys
  return names.map(([, text]) => text).join(', ');
}

function emulated(found: S3Capabilities): Finding[] {
  const names = spoken(found, 'emulated');
  if (names === '') return [];
  return [note(`looked at, but not atomically: ${names}`)];
}

function lacks(found: S3Capabilities): Finding[] {
  const absent = spoken(found, 'absent');
  const losses = Object.entries(LOSSES).flatMap(([name, loss]) =>
    found[name as Name] === 'absent' // its keys
      ? [
          warning(
            `${CONDITIONS[name as Name]} is ignored: ${loss}`,
            'use a server that honours it, if that matters',
          ),
        ]
      : [],
  );
  return absent === '' ? [] : [note(`not there: ${absent}`), ...losses];
}

/** Whether the modes can be entered in which the bucket is beside the directory. */
async function live(
  provider: S3StorageProvider,
  { mode, directory, back = false }: Patient,
  signal: AbortSignal,
): Promise<Finding[]> {
  try {
    await checkTarget(provider, { signal });
    return [ok('the bucket can be the target of a live migration')];
  } catch (error) {
    if (!isStorageError(error, 'Unsupported')) throw error;
    const [what = '', ...mends] = error.message.split('. ');
    const needed = directory !== undefined && mode !== 'target' && !back;
    return [(needed ? failure : warning)(what, mends.join('. '))];
  }
}
