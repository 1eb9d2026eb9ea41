import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { SessionView, User } from '../../api-types.js';
import type { Context } from '../context.js';
import { isDirect } from '../files/direct-uploads.js';
import { setSession } from '../security/access.js';
import { AppError } from '../security/app-error.js';
import type { Rates } from '../security/rates.js';

const EMAIL = z.email('This is no address.').max(254);

const LOGIN = z.object({ email: z.string().max(254), password: z.string().max(1024) });

const REGISTRATION = z.object({
  email: EMAIL,
  name: z.string().trim().min(1, 'What shall we call you?').max(100),
  password: z.string().min(10, 'At least ten characters.').max(1024),
});

/** Sessions, and how to get one. */
export function accountRoutes(app: FastifyInstance, context: Context, rates: Rates): void {
  const { options, sessions, users, audit, publicUrl } = context;

  const view = (user: User | null, sessionId: string): SessionView => ({
    user,
    csrfToken: sessions.csrfToken(sessionId),
    mode: options.mode?.() ?? null,
    limits: options.uploads,
    direct: isDirect(options),
  });

  app.get('/api/session', { config: { access: 'public' } }, async (request, reply) => {
    const id = request.sessionId ?? sessions.create();
    setSession(reply, id, publicUrl());
    return view(request.user, id);
  });

  async function begin(request: FastifyRequest, user: User): Promise<string> {
    if (request.sessionId !== null) await sessions.end(request.sessionId);
    return sessions.begin(user);
  }

  app.post('/api/register', { config: { access: 'public' } }, async (request, reply) => {
    await rates.login(request);
    const user = await users.create(REGISTRATION.parse(request.body));
    request.user = user;
    await audit.record(request, 'account.register', user.email);
    const id = await begin(request, user);
    setSession(reply, id, publicUrl());
    return reply.code(201).send(view(user, id));
  });

  app.post('/api/login', { config: { access: 'public' } }, async (request, reply) => {
    await rates.login(request);
    const { email, password } = LOGIN.parse(request.body);
    await rates.account(request, email);
    const user = await users.withPassword(email, password);
    if (user === undefined) {
      await audit.record(request, 'account.login-refused', email.slice(0, 254));
      throw new AppError(401, 'invalid_login', 'The address or the password is wrong.');
    }
    request.user = user;
    await audit.record(request, 'account.login', user.email);
    const id = await begin(request, user);
    setSession(reply, id, publicUrl());
    return view(user, id);
  });

  app.post('/api/logout', { config: { access: 'public' } }, async (request, reply) => {
    if (request.user !== null) await audit.record(request, 'account.logout', request.user.email);
    if (request.sessionId !== null) await sessions.end(request.sessionId);
    const id = sessions.create();
    setSession(reply, id, publicUrl());
    return view(null, id);
  });
}
