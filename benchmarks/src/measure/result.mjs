/** Of some numbers. Of an even count the median is the mean of the middle two. */
export function spread(values) {
  if (values.length === 0) throw new RangeError('there is no spread of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 0
      ? (sorted[middle - 1] + sorted[middle]) / 2
      : sorted[Math.floor(middle)];
  return { median, lowest: sorted[0], highest: sorted.at(-1) };
}

/**
 * What came out of a case. Times are of one round, in ms; ratios are of one operation each, to the baseline, and to the limit where the case has
 * one.
 * @param described the case; `operations` of a round, unless a contestant has its own.
 * @param ran `{ contestant, operations?, samples, first? }` of each that could take part, `first`: what it took to prepare.
 */
export function resultOf(name, described, rounds, ran, absent = []) {
  const { about, operations, bytes, baseline, limit, countsRequests = false } = described;
  const rows = ran.map(({ contestant, operations: own = operations, samples, first }) => ({
    contestant,
    operations: own,
    cpu: spread(samples.map(({ cpu }) => cpu)),
    wall: spread(samples.map(({ wall }) => wall)),
    ...peakOf(samples),
    ...(first === undefined ? {} : { first }),
    ...(countsRequests ? { requests: requestsOf(samples, own) } : {}),
  }));
  const base = rows.find(({ contestant }) => contestant === baseline) ?? rows[0];
  const least = rows.find(({ contestant }) => contestant === limit);
  const results = rows.map((row) => ({
    ...row,
    cpuRatio: ratio(row, base, 'cpu'),
    wallRatio: ratio(row, base, 'wall'),
    ...(least === undefined
      ? {}
      : { cpuToLimit: ratio(row, least, 'cpu'), wallToLimit: ratio(row, least, 'wall') }),
  }));
  return {
    ...{ name, about, operations, bytes, baseline: base.contestant },
    ...(least === undefined ? {} : { limit }),
    ...{ rounds, results },
    ...(absent.length === 0 ? {} : { absent }),
  };
}

/** How many times as much one operation took. @param measure `cpu` or `wall`. */
export function ratio(row, other, measure) {
  return each(row, measure) / each(other, measure);
}

/** Median ms for one operation. */
export function each(row, measure) {
  return row[measure].median / row.operations;
}

function peakOf(samples) {
  const known = samples.flatMap(({ memory }) => memory ?? []);
  return known.length === 0 ? {} : { peakMemory: Math.max(...known) };
}

/** Requests for one operation, by method. */
function requestsOf(samples, operations) {
  const methods = new Set(samples.flatMap(({ requests }) => Object.keys(requests)));
  const sum = (method) =>
    samples.reduce((total, { requests }) => total + (requests[method] ?? 0), 0);
  return Object.fromEntries(
    [...methods]
      .map((method) => [method, sum(method) / samples.length / operations])
      .filter(([, count]) => count > 0),
  );
}
