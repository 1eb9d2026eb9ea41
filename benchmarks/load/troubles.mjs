import { setTimeout as sleep } from 'node:timers/promises';

/** What S3 does on a bad day; each lasts for some ms, and is over when its promise resolves. */
export const TROUBLES = {
  /** Gone, and back: killed where the server can be. */
  away: (s3, ms) => s3.ask('outage', ms),
  slow: (s3, ms) => during(s3, ms, [{ type: 'delay', milliseconds: 5_000, probability: 0.1 }]),
  storm: (s3, ms) =>
    during(s3, ms, [{ type: 'error', code: 'SlowDown', status: 503, probability: 0.5 }]),
};

/** Seconds between two troubles of a soak, and which they are. */
const SOAK_EVERY = 60;
const SOAK = ['away', 'slow', 'storm'];

/** ms of trouble in a soak. */
const SOAK_LASTS = 5_000;

async function during(s3, ms, faults) {
  await s3.ask('faults', faults);
  await sleep(ms);
  await s3.ask('faults', []);
}

/**
 * The way of a run: scenes with their share of its time, and what goes wrong in their middle. `before` is what the operator does first.
 * A soak spends most of its time in `hybrid` and in `target`, with one trouble every minute.
 */
export function scenesOf(seconds, soak) {
  const scene = (name, share, trouble, before) => ({
    name,
    seconds: share * seconds,
    trouble,
    before,
  });
  const mode = (name) => (operator) => operator.mode(name);
  const copy = (operator) => operator.copy();
  const target = async (operator) => {
    await operator.finish();
    await operator.cutover();
  };
  if (soak)
    return [
      scene('source', 0.02),
      scene('prepare', 0.02, undefined, mode('prepare')),
      scene('hybrid', 0.02, undefined, mode('hybrid')),
      ...soaking('hybrid', seconds * 0.42, copy),
      ...soaking('target', seconds * 0.5, target),
    ];
  return [
    scene('source', 0.12),
    scene('prepare', 0.08, undefined, mode('prepare')),
    scene('hybrid', 0.08, undefined, mode('hybrid')),
    scene('hybrid, S3 away', 0.2, 'away', copy),
    scene('hybrid, S3 slow', 0.12, 'slow'),
    scene('hybrid, S3 busy', 0.12, 'storm'),
    scene('target', 0.1, undefined, target),
    scene('target, S3 away', 0.18, 'away'),
  ];
}

function soaking(mode, seconds, before) {
  const count = Math.max(1, Math.round(seconds / SOAK_EVERY));
  return Array.from({ length: count }, (_, index) => ({
    name: mode,
    seconds: seconds / count,
    trouble: SOAK[index % SOAK.length],
    lasts: SOAK_LASTS,
    ...(index === 0 ? { before } : {}),
  }));
}
