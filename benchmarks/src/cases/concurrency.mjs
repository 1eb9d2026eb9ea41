import { copyContest } from './copy-contest.mjs';
import { storage } from './copying.mjs';
import { KIB, many } from './work.mjs';

const SETTINGS = [1, 2, 4, 8, 16, 32, 64];

/** Requests at once that are served, where the server throttles. */
const SERVED = 24;

const contenders = {
  ...Object.fromEntries(
    SETTINGS.map((files) => [`${files} at once`, storage('--concurrency', String(files))]),
  ),
  auto: storage('--concurrency', 'auto'),
};

/** So many that each setting runs for some seconds, and none for minutes: ratios are of one file. */
const filesFor = (most, each) => (name) =>
  many(Math.min(most, each * (Number.parseInt(name, 10) || Number.POSITIVE_INFINITY)));

const course = (network, count) => ({
  operations: count('auto'),
  bytes: 16 * KIB,
  rounds: 3,
  warmUp: false,
  baseline: 'auto',
  network,
  chart: 'lines',
  about: `Files of 16 KiB to an empty prefix by \`storage migrate\`, ${count('auto').toLocaleString('en')} of them, fewer where few are under way at once. A proxy holds each request for ${network.delay} ms${network.limit === undefined ? '' : `, and answers 503 SlowDown to what is above ${network.limit} at once`}.`,
  contestants: copyContest(contenders, { size: 16 * KIB, count }),
});

export const concurrencyCases = {
  'concurrency at 1 ms': course({ delay: 1 }, filesFor(8_000, 2_000)),
  'concurrency at 80 ms': course({ delay: 80 }, filesFor(6_400, 100)),
  'concurrency at 1 ms, throttled': course({ delay: 1, limit: SERVED }, filesFor(8_000, 2_000)),
  'concurrency at 80 ms, throttled': course({ delay: 80, limit: SERVED }, filesFor(6_400, 100)),
};
