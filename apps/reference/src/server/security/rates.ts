import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AppOptions } from '../options.js';
import { AppError } from './app-error.js';

type Check = (request: FastifyRequest) => Promise<void>;

/** How often something may be tried. Counted in this process: several of them allow as many times more. */
export interface Rates {
  /** By one address. */
  readonly login: Check;
  /** For one account, from wherever. */
  readonly account: (request: FastifyRequest, email: string) => Promise<void>;
  readonly upload: Check;
  /** Of links, by one address: their tokens can't be guessed, and need not be tried. */
  readonly share: Check;
}

const MINUTE = 60_000;

/** After `@fastify/rate-limit` was registered. */
export function createRates(app: FastifyInstance, { rates }: AppOptions): Rates {
  const { logins = 10, uploads = 120 } = rates ?? {};
  const emails = new WeakMap<FastifyRequest, string>();
  const limited = (
    max: number,
    timeWindow: number,
    keyGenerator: (request: FastifyRequest) => string,
  ): Check => {
    const check = app.createRateLimit({ max, timeWindow, keyGenerator });
    return async (request) => {
      const result = await check(request);
      if (result.isAllowed || !result.isExceeded) return;
      throw new AppError(429, 'too_many_requests', 'Too many attempts. Wait for a moment.', {
        retryAfter: result.ttlInSeconds,
      });
    };
  };
  const account = limited(logins * 2, 10 * MINUTE, (request) => emails.get(request) ?? '');
  return {
    login: limited(logins, MINUTE, ({ ip }) => ip),
    account: (request, email) => {
      emails.set(request, email.trim().toLowerCase());
      return account(request);
    },
    upload: limited(uploads, MINUTE, ({ ip, user }) => user?.id ?? ip),
    share: limited(600, MINUTE, ({ ip }) => ip),
  };
}
