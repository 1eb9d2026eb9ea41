import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { SharedFile, ShareView } from '../../api-types.js';
import type { Context } from '../context.js';
import { sendContent } from '../files/content.js';
import { contentTypeOfRow } from '../files/view.js';
import { userOfRequest } from '../security/access.js';
import { noFile, notFound } from '../security/app-error.js';
import type { Rates } from '../security/rates.js';

const ID = z.object({ id: z.string() });
const TOKEN = z.object({ token: z.string().max(200) });

/** Seconds: a minute to a year. */
const NEW = z.object({ expiresIn: z.number().int().min(60).max(31_536_000) });

export function shareRoutes(app: FastifyInstance, context: Context, rates: Rates): void {
  const { files, shares, audit, publicUrl } = context;
  const user = { config: { access: 'user' } } as const;
  const open = { config: { access: 'public' } } as const;

  app.post('/api/files/:id/shares', user, async (request, reply) => {
    const { id } = ID.parse(request.params);
    const { expiresIn } = NEW.parse(request.body);
    const caller = userOfRequest(request);
    await files.changeable(caller, id);
    const { share, token } = await shares.create(id, caller.id, expiresIn);
    const { expiresAt, downloads } = share;
    await audit.record(request, 'share.create', id, { share: share.id, expiresAt });
    const url = `${publicUrl()}/s/${token}`;
    const told: ShareView = { id: share.id, url, expiresAt, downloads };
    return reply.code(201).send(told);
  });

  app.get('/api/files/:id/shares', user, async (request) => {
    const { id } = ID.parse(request.params);
    await files.changeable(userOfRequest(request), id);
    const items = await shares.ofFile(id);
    return {
      items: items.map(
        (share): ShareView => ({
          id: share.id,
          url: null, // the token was shown when it was made
          expiresAt: share.expiresAt,
          downloads: share.downloads,
        }),
      ),
    };
  });

  app.delete('/api/shares/:id', user, async (request, reply) => {
    const share = await shares.byId(ID.parse(request.params).id);
    if (share === undefined) throw notFound('There is no such link.');
    await files.changeable(userOfRequest(request), share.fileId);
    await shares.revoke(share.id);
    await audit.record(request, 'share.revoke', share.fileId, { share: share.id });
    return reply.code(204).send();
  });

  app.get('/api/s/:token', open, async (request, reply) => {
    await rates.share(request);
    const share = await shares.open(TOKEN.parse(request.params).token);
    const file = await files.byId(share.fileId);
    if (file === undefined) throw noFile();
    reply.header('cache-control', 'no-store');
    return {
      name: file.name,
      size: file.size ?? 0,
      contentType: contentTypeOfRow(file),
      expiresAt: share.expiresAt,
    } satisfies SharedFile;
  });

  app.get('/s/:token/content', open, async (request, reply) => {
    await rates.share(request);
    const share = await shares.open(TOKEN.parse(request.params).token);
    const file = await files.byId(share.fileId);
    if (file === undefined) throw noFile();
    return sendContent(context, request, reply, file, {
      attachment: true,
      onDownload: () => shares.count(share.id),
    });
  });
}
