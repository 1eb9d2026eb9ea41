/** An answer that is not Amazon's. */
export interface Difference {
  readonly answer: unknown;
  readonly reason: string;
}

const CEPH: Readonly<Record<string, Difference>> = {
  'a key of 1,024 bytes is one, a longer one is not': {
    answer: [200, '400 InvalidObjectName'],
    reason: 'it has one code for all names that can’t be',
  },
  'parts out of order are refused': {
    answer: 200,
    reason: 'it puts them in order',
  },
  'an unknown upload can’t be completed': {
    answer: '500 InternalError',
    reason: 'it does not find the upload’s record, and takes that for a failure of its own',
  },
  'an aborted upload is gone': {
    answer: [204, '500 InternalError'],
    reason: 'as an unknown upload',
  },
  'a DELETE makes a marker, which hides the object and can be deleted itself': {
    answer: [
      { status: 204, DeleteMarker: true, told: true },
      '404 NoSuchKey',
      '404 NoSuchKey',
      { status: 204, DeleteMarker: true },
      'one',
    ],
    reason: 'a delete marker asked for by its id is to it an object that is not there',
  },
  'a version is deleted for good, and the one before is the latest': {
    answer: [204, 'one', '404 NoSuchKey', 204],
    reason: 'it has one code for missing keys and missing versions',
  },
  'what is no version id is refused': {
    answer: ['404 NoSuchKey', 204],
    reason: 'it takes any text for the id of a version that is not there',
  },
  'while versioning is suspended, the version null is overwritten and deleted by a marker': {
    answer: [undefined, undefined, 'null', ['null marker', 'kept']],
    reason: 'it does not tell of the version null when it is read',
  },
  'an old version is copied onto its own key, a delete marker to nowhere': {
    answer: ['one', '404 NoSuchKey', '404 NoSuchKey'],
    reason: 'a delete marker is to it an object that is not there',
  },
  'a form with a wrong signature, and one with a policy that is none': {
    answer: ['403 AccessDenied', '400 InvalidArgument'],
    reason: 'it has no codes of their own for these',
  },
  'a customer’s key: the right one, none, another one': {
    answer: ['content', 'mT2HRsMGJ5IX5C+0rreZ8Q==', '400 InvalidArgument', '400 InvalidArgument'],
    reason: 'it has one code for all that is wrong with a key',
  },
  'a customer’s key for an object without one': {
    answer: 200,
    reason: 'it does not look at a key that it does not need',
  },
  'a copy of an object with a customer’s key: without it, with it': {
    answer: ['400 InvalidArgument', 200, 200],
    reason: 'as with a GET',
  },
  'a policy that is none': {
    answer: [204, 204],
    reason: 'it takes a statement without an effect on anything, and one for another bucket',
  },
};

/** Where a server answers otherwise than Amazon S3, by server and version, by the name of the case. */
export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, Difference>>>> = {
  'Ceph 20': CEPH,
  'Ceph 18': {
    ...CEPH,
    'PUT If-Match: wrong, right, and on a missing key': {
      answer: ['412 PreconditionFailed', '412 PreconditionFailed', '412 PreconditionFailed'],
      reason: 'it compares the header with its quotes, and takes a missing key for another version',
    },
    'Complete If-None-Match: * where the key exists, and where not': {
      answer: [200, 200],
      reason: 'it ignores preconditions on Complete',
    },
    'DELETE If-Match: wrong, then right': {
      answer: [204, 204],
      reason: 'it ignores preconditions on DELETE',
    },
    'a CRC-32 that was sent is verified, kept and told': {
      answer: [200, 200, undefined, undefined],
      reason: 'it knows no checksums but MD5',
    },
    'a copy of an object with a customer’s key: without it, with it': {
      answer: ['501 NotImplemented', '501 NotImplemented', '404 NoSuchKey'],
      reason: 'it copies no encrypted objects',
    },
    'public access that is blocked: a new policy, and the one that is there': {
      answer: ['403 AccessDenied', 200, 200],
      reason: 'RestrictPublicBuckets is kept and not acted on',
    },
  },
};
