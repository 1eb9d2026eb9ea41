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
  },
};
