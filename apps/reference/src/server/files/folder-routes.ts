import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.js';
import { userOfRequest } from '../security/access.js';
import { conflict } from '../security/app-error.js';
import { filtered } from './listing.js';
import { folderPath } from './names.js';

const FOLDER = z.object({ path: folderPath.min(1) });

/** Folders that are there without files. Those with files need no row. */
export function folderRoutes(app: FastifyInstance, { db, now }: Context): void {
  const route = { config: { access: 'user' } } as const;

  app.post('/api/folders', route, async (request, reply) => {
    const { path } = FOLDER.parse(request.body);
    await db
      .insertInto('folders')
      .values({ owner_id: userOfRequest(request).id, path, created_at: now().toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return reply.code(201).send({ path });
  });

  app.delete('/api/folders', route, async (request, reply) => {
    const { path } = FOLDER.parse(request.query);
    const { id } = userOfRequest(request);
    const file = await filtered(db, { owner: id, folder: path, below: true })
      .select('files.id')
      .limit(1)
      .executeTakeFirst();
    const folder = await db
      .selectFrom('folders')
      .select('path')
      .where('owner_id', '=', id)
      .where('path', '>=', `${path}/`)
      .where('path', '<', `${path}0`)
      .limit(1)
      .executeTakeFirst();
    if (file !== undefined || folder !== undefined)
      throw conflict('not_empty', 'The folder is not empty.');
    await db.deleteFrom('folders').where('owner_id', '=', id).where('path', '=', path).execute();
    return reply.code(204).send();
  });
}
