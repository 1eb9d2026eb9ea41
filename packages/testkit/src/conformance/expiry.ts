import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceContext } from './harness.js';

/** Seconds between the clocks of the store and of this process. */
const CLOCKS_APART = 60;
/** Milliseconds between two requests. */
const PAUSE = 50;

/** Expires after so many seconds. */
export function assertExpiry(expiresAt: Date, seconds: number): void {
  assert.ok(expiresAt instanceof Date, 'expiresAt is a Date');
  const left = (expiresAt.getTime() - Date.now()) / 1_000;
  assert.ok(
    Math.abs(left - seconds) <= CLOCKS_APART,
    `${left} seconds are left instead of ${seconds}`,
  );
}

/**
 * Sends the request, which is good for a second, until it is refused. The store goes by its own clock: how often it is answered
 * before is not looked at.
 */
export async function refusedOnceExpired(
  context: ConformanceContext,
  send: () => Promise<Response>,
  what: string,
): Promise<void> {
  await sleep(1_000);
  const given = new AbortController();
  const untilRefused = async () => {
    while (!given.signal.aborted) {
      const { status, body } = await send();
      await body?.cancel();
      if (status >= 400) return assert.ok(status < 500, `${what} was answered with ${status}`);
      await sleep(PAUSE);
    }
  };
  try {
    await context.settled(untilRefused(), `the validity of ${what}`);
  } finally {
    given.abort();
  }
}
