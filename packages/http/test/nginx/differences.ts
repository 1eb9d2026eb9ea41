/** Why an answer is not nginx's. The README has this list. */
export const REASONS = {
  malformed:
    'A header that is no range is ignored, and the file sent whole; nginx answers 416. RFC 9110, 14.2 leaves the choice.',
  large: 'A number of any length is a position; nginx refuses those of more than 64 bits.',
  list: 'A list may have empty members (RFC 9110, 5.6.1); nginx refuses them.',
  oneMalformed: 'One member that is no range makes the header none; nginx passes over `9-0`.',
  coalesced: 'Ranges that overlap or lie within 80 bytes are one part (RFC 9110, 15.3.7.2).',
  many: 'More than 32 ranges are ignored; nginx has no limit unless `max_ranges` sets one.',
  later:
    'A date after the last change is no older version (RFC 9110, 13.1.3); nginx compares for equality.',
  precedence:
    'A tag counts and the date beside it does not (RFC 9110, 13.2.2); nginx evaluates both.',
  noDate: 'What is no date is ignored (RFC 9110, 13.1.4); nginx takes it for a date of long ago.',
  head: 'Ranges are of GET alone (RFC 9110, 14.2); nginx answers HEAD with 206 and 416.',
} as const;

export interface Otherwise {
  /** A status; of 206 the ranges, each `first-last`. */
  readonly nginx: number | readonly string[];
  readonly why: keyof typeof REASONS;
}

const refused = (why: Otherwise['why']): Otherwise => ({ nginx: 416, why });

const apart = (count: number, step: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${i * step}-${i * step}`);

/** Cases that nginx answers otherwise, by their method and name. */
export const OTHERWISE: Readonly<Record<string, Otherwise>> = {
  'GET Range: bytes=0-99999999999999999999': refused('large'),
  'GET Range: bytes=-99999999999999999999': refused('large'),
  'GET Range: bytes=9-0': refused('malformed'),
  'GET Range: bytes=-': refused('malformed'),
  'GET Range: bytes=a-b': refused('malformed'),
  'GET Range: bytes=1-2-3': refused('malformed'),
  'GET Range: bytes=0x0-0x9': refused('malformed'),
  'GET Range: bytes=+1-2': refused('malformed'),
  'GET Range: bytes=1.5-2': refused('malformed'),
  'GET Range: bytes=0-9;q=1': refused('malformed'),
  'GET Range: bytes=0-9,x': refused('malformed'),
  'GET Range: bytes=,,': refused('malformed'),
  'GET Range: bytes=0-9,9-0': { nginx: ['0-9'], why: 'oneMalformed' },
  'GET Range: bytes=0-9,': refused('list'),
  'GET Range: bytes=,0-9': refused('list'),
  'GET Range: bytes=0-99,50-149': { nginx: ['0-99', '50-149'], why: 'coalesced' },
  'GET Range: bytes=0-99,100-199': { nginx: ['0-99', '100-199'], why: 'coalesced' },
  'GET Range: bytes=0-9,20-29': { nginx: ['0-9', '20-29'], why: 'coalesced' },
  'GET Range: bytes=300-399,0-9,350-449': {
    nginx: ['300-399', '0-9', '350-449'],
    why: 'coalesced',
  },
  'GET Range: bytes=0-9,300-309,9-300': { nginx: ['0-9', '300-309', '9-300'], why: 'coalesced' },
  'GET Range: bytes=0-,0-,0-': { nginx: 200, why: 'coalesced' },
  'GET 32 ranges': { nginx: apart(32, 31), why: 'coalesced' },
  'GET 33 ranges': { nginx: apart(33, 30), why: 'many' },
  'GET If-Modified-Since, later': { nginx: 200, why: 'later' },
  'GET If-Unmodified-Since, no date': { nginx: 412, why: 'noDate' },
  'GET If-Match counts, If-Unmodified-Since does not': { nginx: 412, why: 'precedence' },
  'GET a matching If-None-Match counts': { nginx: 200, why: 'precedence' },
  'HEAD HEAD with Range': { nginx: 206, why: 'head' },
  'HEAD HEAD with a range outside': refused('head'),
};

/** Headers of ours that nginx does not send by itself. */
export const OURS_ALONE = [
  'cache-control',
  'content-disposition',
  'content-security-policy',
  'x-content-type-options',
  'allow', // of 405; RFC 9110, 15.5.6 demands it
];

/** Headers of every answer that tell nothing of the file. */
export const OF_THE_SERVER = ['connection', 'date', 'server'];
