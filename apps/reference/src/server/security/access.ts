import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { User } from '../../api-types.js';
import { LONGEST, type Sessions } from '../accounts/sessions.js';
import { AppError, forbidden } from './app-error.js';
import { sameToken } from './token.js';

/** Who may call a route: `public` anyone · `user` who is logged in · `admin` · `metrics` an administrator, or who has the token. */
type Access = 'public' | 'user' | 'admin' | 'metrics';

const KNOWN: ReadonlySet<unknown> = new Set<Access>(['public', 'user', 'admin', 'metrics']);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route has to say. */
    access?: Access;
  }
  interface FastifyRequest {
    /** `null`: nobody is logged in. */
    user: User | null;
    /** `null`: the browser has not got one. */
    sessionId: string | null;
  }
}

export interface AccessOptions {
  readonly sessions: Sessions;
  readonly publicUrl: () => string;
  readonly metricsToken?: string | undefined;
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Asks of every route that it says who may call it, and holds requests to that. Whatever may change something has to come from a page of ours,
 * with the token of its session. To be called before any route is added.
 */
export function guardRoutes(app: FastifyInstance, options: AccessOptions): void {
  app.decorateRequest('user', null);
  app.decorateRequest('sessionId', null);
  app.addHook('onRoute', ({ method, url, config }) => {
    if (KNOWN.has(config?.access)) return;
    throw new Error(`${String(method)} ${url} does not say who may call it: config.access`);
  });
  app.addHook('onRequest', async (request) => {
    await identify(request, options.sessions);
    if (request.is404) return;
    if (!SAFE.has(request.method)) checkOrigin(request, options);
    checkAccess(request, options.metricsToken);
  });
}

/** Who is logged in, for routes that are for these alone. */
export function userOfRequest({ user }: FastifyRequest): User {
  if (user === null) throw unauthenticated();
  return user;
}

export function setSession(reply: FastifyReply, id: string, publicUrl: string): void {
  reply.setCookie('session', id, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: publicUrl.startsWith('https:'),
    maxAge: LONGEST / 1000,
  });
}

async function identify(request: FastifyRequest, sessions: Sessions): Promise<void> {
  const id = request.cookies['session'];
  if (!sessions.isId(id)) return;
  request.sessionId = id;
  request.user = (await sessions.user(id)) ?? null;
}

function checkAccess(request: FastifyRequest, metricsToken: string | undefined): void {
  const { access } = request.routeOptions.config;
  if (access === 'public') return;
  if (access === 'metrics' && hasToken(request, metricsToken)) return;
  if (request.user === null) throw unauthenticated();
  if (access !== 'user' && request.user.role !== 'admin') throw forbidden();
}

/** Browsers say where a request comes from, and no page can make them say otherwise; the token is for those that don't. */
function checkOrigin(request: FastifyRequest, { sessions, publicUrl }: AccessOptions): void {
  const { origin, 'sec-fetch-site': site, 'x-csrf-token': token } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreign();
  if (origin !== undefined && origin !== new URL(publicUrl()).origin) throw foreign();
  const { sessionId } = request;
  if (sessionId === null || typeof token !== 'string' || !sessions.isCsrfToken(sessionId, token))
    throw new AppError(403, 'csrf', 'The page is out of date. Load it again.');
}

function hasToken({ headers }: FastifyRequest, expected: string | undefined): boolean {
  const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? [];
  return expected !== undefined && token !== undefined && sameToken(token, expected);
}

const foreign = () => new AppError(403, 'csrf', 'The request comes from another site.');

const unauthenticated = () => new AppError(401, 'unauthenticated', 'Log in first.');
