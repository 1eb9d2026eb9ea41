import autocannon from 'autocannon';
import { faultOfRead } from './ledger.mjs';

const CONNECTIONS = 8;

/** Bytes of the range that is asked for. */
const RANGE = 4096;

/**
 * Reads, ranges and listings by autocannon, of files that nobody deletes, each answer compared with what it has to be.
 * @returns requests, their rate, and latencies in ms.
 */
export async function fire({ origin, files, user, rate, seconds, policy, signal }) {
  const requests = files.flatMap((file) => {
    const last = Math.min(file.size, RANGE) - 1;
    return [
      checked({ path: file.url }, file, undefined, policy),
      checked({ path: file.url, headers: { range: `bytes=0-${last}` } }, file, [0, last], policy),
    ];
  });
  const list = { path: `/api/files?folder=${user.folder}`, headers: { cookie: user.cookie } };
  requests.push(checked(list, undefined, undefined, policy));
  const running = autocannon({
    ...{ url: origin, connections: CONNECTIONS, duration: seconds, overallRate: rate },
    ...{ requests, timeout: 60 },
  });
  const stop = () => running.stop();
  signal.addEventListener('abort', stop, { once: true });
  const { latency, ...counts } = await running;
  signal.removeEventListener('abort', stop);
  return {
    requests: counts.requests.total,
    perSecond: counts.requests.average,
    answers: { ok: counts['2xx'], other: counts.non2xx },
    cut: counts.errors,
    latency: { p50: latency.p50, p90: latency.p90, p99: latency.p99, max: latency.max },
  };
}

function checked({ path, headers = {} }, file, range, policy) {
  return {
    ...{ method: 'GET', path, headers },
    setupRequest(request, context) {
      context.began = performance.now();
      return request;
    },
    onResponse(status, text, { began }, got) {
      const lower = Object.entries(got).map(([name, value]) => [name.toLowerCase(), value]);
      const answer = { status, headers: Object.fromEntries(lower), body: Buffer.from(text) };
      if (status === 200 && file === undefined) return;
      if (file !== undefined && (status < 300 || status === 404)) {
        const fault = faultOfRead(file, began, answer, range);
        if (fault !== undefined) policy.wrong(`${fault}, to autocannon`);
      } else policy.judge(`GET ${path} of autocannon`, began, answer);
    },
  };
}
