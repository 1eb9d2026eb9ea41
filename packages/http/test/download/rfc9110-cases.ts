/** A file of 1,000 bytes, last changed at a full second: what the cases below ask for. */
export const SIZE = 1000;
export const CONTENT = Buffer.from(
  Array.from({ length: SIZE / 4 }, (_, i) => String(i).padStart(4, '0')).join(''),
);
export const MODIFIED = new Date('2024-05-01T12:00:00Z');

const SAME = 'Wed, 01 May 2024 12:00:00 GMT';
const BEFORE = 'Wed, 01 May 2024 11:59:59 GMT';
const AFTER = 'Wed, 01 May 2024 12:00:01 GMT';

/** In a value, `ETAG` stands for the tag of the file. */
type Fields = Readonly<Record<string, string>>;

/** A status; of 206 the ranges, each `first-last`. */
type Expected = 200 | 304 | 405 | 412 | 416 | readonly string[];

export interface Case {
  readonly name: string;
  readonly method: string;
  readonly fields: Fields;
  readonly expected: Expected;
}

const get = (name: string, fields: Fields, expected: Expected): Case => ({
  name,
  method: 'GET',
  fields,
  expected,
});

const range = (value: string, expected: Expected): Case =>
  get(`Range: ${value}`, { Range: value }, expected);

const head = (name: string, fields: Fields, expected: Expected): Case => ({
  ...get(name, fields, expected),
  method: 'HEAD',
});

const many = (count: number, of: (i: number) => string): string =>
  `bytes=${Array.from({ length: count }, (_, i) => of(i)).join(',')}`;

const RANGES: readonly Case[] = [
  range('bytes=0-9', ['0-9']),
  range('bytes=0-0', ['0-0']),
  range('bytes=999-999', ['999-999']),
  range('bytes=500-', ['500-999']),
  range('bytes=0-', ['0-999']),
  range('bytes=0-999', ['0-999']),
  range('bytes=990-2000', ['990-999']),
  range('bytes=-10', ['990-999']),
  range('bytes=-1000', ['0-999']),
  range('bytes=-5000', ['0-999']),
  range('bytes=1000-', 416),
  range('bytes=1000-1000', 416),
  range('bytes=5000-6000', 416),
  range('bytes=-0', 416),
  range('bytes=99999999999999999999-', 416),
  range('bytes=0-99999999999999999999', ['0-999']),
  range('bytes=-99999999999999999999', ['0-999']),
  range('bytes=9-0', 200),
  range('bytes=', 200),
  range('bytes', 200),
  range('bytes=-', 200),
  range('bytes=a-b', 200),
  range('bytes=1-2-3', 200),
  range('bytes=0x0-0x9', 200),
  range('bytes=+1-2', 200),
  range('bytes=1.5-2', 200),
  range('bytes=0-9;q=1', 200),
  range('bytes 0-9', 200),
  range('items=0-9', 200),
  range('seconds=0-9', 200),
  range('BYTES=0-9', ['0-9']),
  range('bytes=0-9,9-0', 200),
  range('bytes=0-9,x', 200),
  range('bytes=0-9,', ['0-9']),
  range('bytes=,0-9', ['0-9']),
  range('bytes=,,', 200),
  range('bytes=0-9, 200-209', ['0-9', '200-209']),
  range('bytes=0-9 , 200-209', ['0-9', '200-209']),
  range('bytes=0-0,-1', ['0-0', '999-999']),
  range('bytes=200-209,0-9', ['200-209', '0-9']),
  range('bytes=0-9,200-209,400-409', ['0-9', '200-209', '400-409']),
  range('bytes=0-9,5000-', ['0-9']),
  range('bytes=5000-,0-9,6000-', ['0-9']),
  range('bytes=5000-,6000-', 416),
  range('bytes=-0,5000-', 416),
  range('bytes=-0,0-9', ['0-9']),
  range('bytes=0-99,50-149', ['0-149']),
  range('bytes=0-99,100-199', ['0-199']),
  range('bytes=0-9,20-29', ['0-29']),
  range('bytes=300-399,0-9,350-449', ['300-449', '0-9']),
  range('bytes=0-9,300-309,9-300', ['0-309']),
  range('bytes=0-,0-,0-', ['0-999']),
  get('32 ranges', { Range: many(32, (i) => `${i * 31}-${i * 31}`) }, ['0-961']),
  get('33 ranges', { Range: many(33, (i) => `${i * 30}-${i * 30}`) }, 200),
  get('1,000 ranges', { Range: many(1000, () => '0-') }, 200),
  get('9 ranges apart', { Range: many(9, (i) => `${i * 100}-${i * 100 + 1}`) }, [
    ...['0-1', '100-101', '200-201', '300-301', '400-401'],
    ...['500-501', '600-601', '700-701', '800-801'],
  ]),
];

const CONDITIONS: readonly Case[] = [
  get('no condition', {}, 200),
  get('If-None-Match, the same', { 'If-None-Match': 'ETAG' }, 304),
  get('If-None-Match, the same but weak', { 'If-None-Match': 'W/ETAG' }, 304),
  get('If-None-Match, in a list', { 'If-None-Match': '"a", "b,c", ETAG, "d"' }, 304),
  get('If-None-Match, in a list of weak ones', { 'If-None-Match': 'W/"a",W/ETAG' }, 304),
  get('If-None-Match, another', { 'If-None-Match': '"other"' }, 200),
  get('If-None-Match, an empty tag', { 'If-None-Match': '""' }, 200),
  get('If-None-Match: *', { 'If-None-Match': '*' }, 304),
  get('If-None-Match, no tag', { 'If-None-Match': 'nonsense' }, 200),
  get('If-None-Match, empty', { 'If-None-Match': '' }, 200),
  get('If-Match, the same', { 'If-Match': 'ETAG' }, 200),
  get('If-Match, in a list', { 'If-Match': '"a", ETAG' }, 200),
  get('If-Match: *', { 'If-Match': '*' }, 200),
  get('If-Match, another', { 'If-Match': '"other"' }, 412),
  get('If-Match, the same but weak', { 'If-Match': 'W/ETAG' }, 412),
  get('If-Match, no tag', { 'If-Match': 'nonsense' }, 412),
  get('If-Modified-Since, the same', { 'If-Modified-Since': SAME }, 304),
  get('If-Modified-Since, later', { 'If-Modified-Since': AFTER }, 304),
  get('If-Modified-Since, earlier', { 'If-Modified-Since': BEFORE }, 200),
  get(
    'If-Modified-Since, RFC 850',
    { 'If-Modified-Since': 'Wednesday, 01-May-24 12:00:00 GMT' },
    304,
  ),
  get('If-Modified-Since, asctime', { 'If-Modified-Since': 'Wed May  1 12:00:00 2024' }, 304),
  get(
    'If-Modified-Since, RFC 850, earlier',
    { 'If-Modified-Since': 'Wednesday, 01-May-24 11:59:59 GMT' },
    200,
  ),
  get(
    'If-Modified-Since, asctime, earlier',
    { 'If-Modified-Since': 'Wed May  1 11:59:59 2024' },
    200,
  ),
  get('If-Modified-Since, no date', { 'If-Modified-Since': 'yesterday' }, 200),
  get('If-Modified-Since, a number', { 'If-Modified-Since': '4102444800' }, 200),
  get(
    'If-Modified-Since, another zone',
    { 'If-Modified-Since': 'Wed, 01 May 2024 14:00:00 +0200' },
    200,
  ),
  get('If-Modified-Since, ISO 8601', { 'If-Modified-Since': '2024-05-01T12:00:00Z' }, 200),
  get(
    'If-Modified-Since, no day of a month',
    { 'If-Modified-Since': 'Wed, 31 Jun 2025 12:00:00 GMT' },
    200,
  ),
  get('If-Unmodified-Since, the same', { 'If-Unmodified-Since': SAME }, 200),
  get('If-Unmodified-Since, later', { 'If-Unmodified-Since': AFTER }, 200),
  get('If-Unmodified-Since, earlier', { 'If-Unmodified-Since': BEFORE }, 412),
  get('If-Unmodified-Since, no date', { 'If-Unmodified-Since': 'tomorrow' }, 200),
];

const PRECEDENCE: readonly Case[] = [
  get(
    'If-Match counts, If-Unmodified-Since does not',
    { 'If-Match': 'ETAG', 'If-Unmodified-Since': BEFORE },
    200,
  ),
  get('a failed If-Match counts', { 'If-Match': '"other"', 'If-Unmodified-Since': SAME }, 412),
  get(
    'If-None-Match counts, If-Modified-Since does not',
    { 'If-None-Match': '"other"', 'If-Modified-Since': SAME },
    200,
  ),
  get(
    'a matching If-None-Match counts',
    { 'If-None-Match': 'ETAG', 'If-Modified-Since': BEFORE },
    304,
  ),
  get('If-Match before If-None-Match', { 'If-Match': '"other"', 'If-None-Match': 'ETAG' }, 412),
  get('If-Match, then If-None-Match', { 'If-Match': 'ETAG', 'If-None-Match': 'ETAG' }, 304),
  get('If-Match, then If-Modified-Since', { 'If-Match': 'ETAG', 'If-Modified-Since': SAME }, 304),
  get(
    'If-Unmodified-Since before If-None-Match',
    { 'If-Unmodified-Since': BEFORE, 'If-None-Match': 'ETAG' },
    412,
  ),
  get(
    'If-Unmodified-Since, then If-Modified-Since',
    { 'If-Unmodified-Since': SAME, 'If-Modified-Since': SAME },
    304,
  ),
  get('a range of a file that is as known', { Range: 'bytes=0-9', 'If-None-Match': 'ETAG' }, 304),
  get(
    'a range outside of a file that is as known',
    { Range: 'bytes=5000-', 'If-None-Match': 'ETAG' },
    304,
  ),
  get('a range outside of another version', { Range: 'bytes=5000-', 'If-Match': '"other"' }, 412),
  get(
    'a range of a file that is not as known',
    { Range: 'bytes=0-9', 'If-None-Match': '"other"' },
    ['0-9'],
  ),
  get('a range of the version that is wanted', { Range: 'bytes=0-9', 'If-Match': 'ETAG' }, ['0-9']),
  get('a range of a version that is gone', { Range: 'bytes=0-9', 'If-Match': '"other"' }, 412),
  get('a range, unmodified', { Range: 'bytes=0-9', 'If-Unmodified-Since': SAME }, ['0-9']),
];

const IF_RANGE: readonly Case[] = [
  get('If-Range, the same', { Range: 'bytes=0-9', 'If-Range': 'ETAG' }, ['0-9']),
  get('If-Range, another', { Range: 'bytes=0-9', 'If-Range': '"other"' }, 200),
  get('If-Range, weak', { Range: 'bytes=0-9', 'If-Range': 'W/ETAG' }, 200),
  get('If-Range, the same date', { Range: 'bytes=0-9', 'If-Range': SAME }, ['0-9']),
  get('If-Range, a later date', { Range: 'bytes=0-9', 'If-Range': AFTER }, 200),
  get('If-Range, an earlier date', { Range: 'bytes=0-9', 'If-Range': BEFORE }, 200),
  get('If-Range, neither tag nor date', { Range: 'bytes=0-9', 'If-Range': 'nonsense' }, 200),
  get('If-Range without Range', { 'If-Range': '"other"' }, 200),
  get(
    'If-Range, another, and a range outside',
    { Range: 'bytes=5000-', 'If-Range': '"other"' },
    200,
  ),
  get('If-Range, the same, and a range outside', { Range: 'bytes=5000-', 'If-Range': 'ETAG' }, 416),
  get('If-Range, the same, several ranges', { Range: 'bytes=0-9,500-509', 'If-Range': 'ETAG' }, [
    '0-9',
    '500-509',
  ]),
  get(
    'If-Range, another, and as known',
    { Range: 'bytes=0-9', 'If-Range': '"other"', 'If-None-Match': 'ETAG' },
    304,
  ),
];

const METHODS: readonly Case[] = [
  head('HEAD', {}, 200),
  head('HEAD, as known', { 'If-None-Match': 'ETAG' }, 304),
  head('HEAD, as known by the date', { 'If-Modified-Since': SAME }, 304),
  head('HEAD of a version that is gone', { 'If-Match': '"other"' }, 412),
  head('HEAD with Range', { Range: 'bytes=0-9' }, 200),
  head('HEAD with a range outside', { Range: 'bytes=5000-' }, 200),
  { name: 'POST', method: 'POST', fields: { 'Content-Length': '0' }, expected: 405 },
  { name: 'PUT', method: 'PUT', fields: { 'Content-Length': '0' }, expected: 405 },
  { name: 'DELETE', method: 'DELETE', fields: {}, expected: 405 },
  { name: 'PATCH', method: 'PATCH', fields: { 'Content-Length': '0' }, expected: 405 },
  { name: 'OPTIONS', method: 'OPTIONS', fields: {}, expected: 405 },
];

export const CASES: readonly Case[] = [
  ...RANGES,
  ...CONDITIONS,
  ...PRECEDENCE,
  ...IF_RANGE,
  ...METHODS,
];
