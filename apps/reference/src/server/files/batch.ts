import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { BatchOutcome } from '../../api-types.js';
import type { Context } from '../context.js';
import { userOfRequest } from '../security/access.js';
import { appErrorOf } from '../security/error-answer.js';
import { folderPath, visibility } from './names.js';

const IDS = z.array(z.string()).min(1).max(500);

export const BATCH = z.discriminatedUnion('action', [
  z.object({ action: z.literal('delete'), ids: IDS }),
  z.object({ action: z.literal('move'), ids: IDS, folder: folderPath }),
  z.object({ action: z.literal('visibility'), ids: IDS, visibility }),
]);

/** Each file for itself: one that can't be changed does not keep the others from it. */
export async function runBatch(
  context: Context,
  request: FastifyRequest,
  batch: z.infer<typeof BATCH>,
): Promise<BatchOutcome> {
  const done: string[] = [];
  const failed: { id: string; code: string; message: string }[] = [];
  for (const id of new Set(batch.ids)) {
    try {
      await runOne(context, request, id, batch);
      done.push(id);
    } catch (error) {
      const known = appErrorOf(error);
      if (known.status >= 500)
        request.log.error({ err: error, file: id }, 'one of a batch has failed');
      failed.push({ id, code: known.code, message: known.message });
    }
  }
  return { done, failed };
}

async function runOne(
  context: Context,
  request: FastifyRequest,
  id: string,
  batch: z.infer<typeof BATCH>,
): Promise<void> {
  const user = userOfRequest(request);
  if (batch.action === 'delete') return deleteFile(context, request, id);
  const { action, ids: _, ...change } = batch;
  await context.files.change(user, id, change);
  await context.audit.record(request, `file.${action}`, id, change);
}

export async function deleteFile(
  { files, removal, audit }: Context,
  request: FastifyRequest,
  id: string,
): Promise<void> {
  const { name } = await files.changeable(userOfRequest(request), id);
  await removal.delete(id);
  await audit.record(request, 'file.delete', id, { name });
}
